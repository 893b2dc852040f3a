"""The tables behind the Metadata API: components as they were last deployed, deploys and retrieves.

`sim_login_range` are profiles' login addresses, `sim_relaxation` what apps' policies make of them.
`sim_component` is part of an org's setup and goes into its sandboxes; `sim_deploy` and `sim_retrieve` are its history.
`due` is the machine's time in seconds at which a deploy ends.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS sim_component (
  kind TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, component_id TEXT NOT NULL, content BLOB NOT NULL,
  meta BLOB, created TEXT NOT NULL, created_by TEXT NOT NULL, modified TEXT NOT NULL, modified_by TEXT NOT NULL,
  PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS sim_deploy (
  deploy_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, state TEXT NOT NULL, options TEXT NOT NULL, package BLOB NOT NULL,
  validated_id TEXT, created TEXT NOT NULL, starts REAL NOT NULL, due REAL NOT NULL, completed TEXT,
  canceled_by TEXT, call TEXT NOT NULL, messages TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS sim_login_range (profile_id TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ix_login_range ON sim_login_range (profile_id);
CREATE TABLE IF NOT EXISTS sim_relaxation (app_id TEXT PRIMARY KEY, relaxation TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sim_retrieve (
  retrieve_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, created TEXT NOT NULL, result TEXT NOT NULL, package BLOB);
"""
