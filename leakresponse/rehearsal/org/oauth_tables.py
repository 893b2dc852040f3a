"""The tables behind logins: apps, tokens, codes, blocks. Tokens, codes and passwords are kept as hashes only.

`sim_app` holds connected apps, installed or not, and External Client Apps (`kind` eca); a row without `app_id` stands
for the browser. `run_as` is the user of the client credentials flow, null where the flow is off.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS sim_app (
  app_id TEXT PRIMARY KEY, name TEXT NOT NULL, developer_name TEXT NOT NULL, consumer_key TEXT NOT NULL UNIQUE,
  consumer_secret TEXT NOT NULL, certificate TEXT NOT NULL, admin_approved INTEGER NOT NULL, menu_item_id TEXT,
  kind TEXT NOT NULL DEFAULT 'connected', installed INTEGER NOT NULL DEFAULT 1, enabled INTEGER NOT NULL DEFAULT 1,
  run_as TEXT, secret_optional INTEGER NOT NULL DEFAULT 0, rotates INTEGER NOT NULL DEFAULT 0,
  device_flow INTEGER NOT NULL DEFAULT 0, needs_pkce INTEGER NOT NULL DEFAULT 0, callback TEXT NOT NULL DEFAULT '',
  sees_all_tokens INTEGER NOT NULL DEFAULT 0, session_seconds INTEGER NOT NULL DEFAULT 86400,
  refresh_policy TEXT NOT NULL DEFAULT 'infinite');
CREATE TABLE IF NOT EXISTS sim_refresh (
  token TEXT PRIMARY KEY, delete_token TEXT NOT NULL UNIQUE, app_id TEXT NOT NULL, user_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_refresh_app ON sim_refresh (app_id, user_id);
CREATE TABLE IF NOT EXISTS sim_access (
  token TEXT PRIMARY KEY, session_id TEXT NOT NULL, app_id TEXT NOT NULL, user_id TEXT NOT NULL, delete_token TEXT,
  login_key TEXT NOT NULL, session_key TEXT NOT NULL, login_history_id TEXT NOT NULL, issued_at REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS ix_access_session ON sim_access (session_id);
CREATE INDEX IF NOT EXISTS ix_access_delete ON sim_access (delete_token);
CREATE INDEX IF NOT EXISTS ix_access_app ON sim_access (app_id);
CREATE TABLE IF NOT EXISTS sim_block (consumer_key TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_revoked (token TEXT PRIMARY KEY, at REAL NOT NULL, caller TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_staged (
  staged_id TEXT PRIMARY KEY, app_id TEXT NOT NULL, consumer_key TEXT NOT NULL UNIQUE, consumer_secret TEXT NOT NULL,
  state TEXT NOT NULL, created_by TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_code (
  code TEXT PRIMARY KEY, app_id TEXT NOT NULL, user_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL, scope TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sim_device (
  code TEXT PRIMARY KEY, user_code TEXT NOT NULL UNIQUE, app_id TEXT NOT NULL, scope TEXT NOT NULL,
  expires REAL NOT NULL, polled REAL NOT NULL DEFAULT 0, user_id TEXT, denied INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS sim_password (user_id TEXT NOT NULL, hash TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_password_user ON sim_password (user_id);
CREATE TABLE IF NOT EXISTS sim_security_token (user_id TEXT PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_failed_login (user_id TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_credential (
  external_credential TEXT NOT NULL, principal_type TEXT NOT NULL, principal_name TEXT NOT NULL,
  owner TEXT NOT NULL, protocol TEXT NOT NULL, names TEXT NOT NULL,
  PRIMARY KEY (external_credential, principal_type, principal_name, owner));
"""
