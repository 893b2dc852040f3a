"""Log types of logins and of changes to the org itself."""

from __future__ import annotations

from leakresponse.rehearsal.org.log_columns_heads import DB, HEAD, RUN, TAIL, LogType

SETUP_TYPES: tuple[LogType, ...] = (
    LogType("Login", (
        *DB, "LOGIN_TYPE", "BROWSER_TYPE", "API_TYPE", "API_VERSION", "USER_NAME", "TLS_PROTOCOL", "CIPHER_SUITE",
        "LOGIN_URL", "AUTHENTICATION_METHOD_REFERENCE", "LOGIN_SUB_TYPE", "AUTHENTICATION_SERVICE_ID", *TAIL,
        "LOGIN_STATUS", "SOURCE_IP", "FORWARDED_FOR_IP",
    ), "observed"),
    LogType("LoginAs", (
        *RUN, "DELEGATED_USER_NAME", "DELEGATED_USER_ID", *TAIL, "DELEGATED_USER_ID_DERIVED",
    ), "listed"),
    LogType("Logout", (
        *HEAD, "USER_TYPE", "SESSION_TYPE", "SESSION_LEVEL", "BROWSER_TYPE", "PLATFORM_TYPE", "RESOLUTION_TYPE",
        "APP_TYPE", "CLIENT_VERSION", "API_TYPE", "API_VERSION", "USER_INITIATED_LOGOUT", "SESSION_KEY", "LOGIN_KEY",
        "TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP",
    ), "listed"),
    LogType("PermissionUpdate", (
        *HEAD, "FEATURE_ID", "UPDATE_TYPE", "PERMISSION_TYPE", "CONTEXT", "DESCRIPTION", "SESSION_KEY", "LOGIN_KEY",
        "TIMESTAMP_DERIVED",
    ), "listed"),
    LogType("GroupMembership", (*RUN, "OPERATION", "GROUP_TYPE", "GROUP_ID", "MEMBER_ID", *TAIL), "listed"),
    LogType("MetadataApiOperation", (*RUN, "CLIENT_ID", "OPERATION", "API_VERSION", *TAIL), "listed"),
    LogType("PackageInstall", (
        *RUN, "OPERATION_TYPE", "IS_SUCCESSFUL", "IS_PUSH", "IS_MANAGED", "IS_RELEASED", "PACKAGE_NAME",
        "FAILURE_TYPE", *TAIL,
    ), "listed"),
    LogType("Sandbox", (
        "EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "SANDBOX_ID", "ORGANIZATION_ID", "PENDING_SANDBOX_ORG_ID",
        "CURRENT_SANDBOX_ORG_ID", "STATUS", "USER_ID", "TIMESTAMP_DERIVED", "USER_ID_DERIVED",
    ), "observed"),
    LogType("PlatformEncryption", (
        *RUN, "KEY_ID", "ACTION", "KEY_TYPE", "METHOD", "BOT_ID", "BOT_SESSION_ID", "PLANNER_ID", *TAIL,
        "KEY_ID_DERIVED",
    ), "observed"),
    LogType("InsecureExternalAssets", (
        *RUN, "INSECURE_URI", "DOCUMENT_URI", "ASSET_TYPE", "TYPE", "DISPOSITION", "NETWORK_ID", "UNIQUE_ID", *TAIL,
    ), "reference"),
)  # fmt: skip
