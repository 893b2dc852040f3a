"""`/limits` and `/limits/recordCount` (REST guide, "Limits", "Record Count"): names of the v62 guide.

What the org knows is counted: calls, bulk jobs of the last 24 hours, storage (2 KB a record), permission sets. The rest
stands at its maximum, with the values of the guide's sample.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.discovery import DAILY_CALLS
from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.identity import require
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import quoted

#: Highest values of what nothing in the org uses up.
_UNUSED = {
    "ActiveScratchOrgs": 3, "AnalyticsExternalDataSizeMB": 40_960, "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5, "ConcurrentEinsteinDiscoveryStoryCreation": 2,
    "ConcurrentSyncReportRuns": 20, "DailyAnalyticsDataflowJobExecutions": 60,
    "DailyAnalyticsUploadedFilesSizeMB": 51_200, "DailyAsyncApexExecutions": 250_000, "DailyAsyncApexTests": 500,
    "DailyBulkV2QueryFileStorageMB": 976_562, "DailyDeliveredPlatformEvents": 10_000,
    "DailyDurableGenericStreamingApiEvents": 10_000, "DailyDurableStreamingApiEvents": 10_000,
    "DailyEinsteinDataInsightsStoryCreation": 1_000, "DailyEinsteinDiscoveryPredictAPICalls": 50_000,
    "DailyEinsteinDiscoveryPredictionsByCDC": 5_000_000, "DailyEinsteinDiscoveryStoryCreation": 100,
    "DailyFunctionsApiCallLimit": 235_000, "DailyGenericStreamingApiEvents": 10_000, "DailyScratchOrgs": 6,
    "DailyStandardVolumePlatformEvents": 10_000, "DailyStreamingApiEvents": 10_000, "DailyWorkflowEmails": 100_000,
    "DurableStreamingApiConcurrentClients": 20, "HourlyAsyncReportRuns": 1_200, "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000, "HourlyDashboardStatuses": 999_999_999, "HourlyLongTermIdMapping": 100_000,
    "HourlyManagedContentPublicRequests": 50_000, "HourlyODataCallout": 20_000,
    "HourlyPublishedPlatformEvents": 50_000, "HourlyPublishedStandardVolumePlatformEvents": 1_000,
    "HourlyShortTermIdMapping": 100_000, "HourlySyncReportRuns": 500, "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 5_000, "MonthlyEinsteinDiscoveryStoryCreation": 500, "Package2VersionCreates": 6,
    "Package2VersionCreatesWithoutValidation": 500, "PlatformEventTriggersWithParallelProcessing": 5,
    "PrivateConnectOutboundCalloutHourlyLimitMB": 0, "SingleEmail": 5_000, "StreamingApiConcurrentClients": 20,
}  # fmt: skip
_DATA_MB, _FILE_MB = 102_400, 102_400
_BATCHES, _QUERY_JOBS, _PERMISSION_SETS = 15_000, 10_000, 1_500
_RECORD_KB = 2
_JOBS = "SELECT COUNT(*) AS number FROM sim_job WHERE kind = ? AND created >= ?"


def limits(call: Call) -> Answer:
    """Every limit with what is left of it. Raises 403 without View Setup and Configuration."""
    require(call.world, call.caller, "ViewSetup")
    found: dict[str, Any] = {name: _limit(most, 0) for name, most in _UNUSED.items()}
    found |= {
        "DailyApiRequests": _limit(DAILY_CALLS, call.world.calls),
        "DailyBulkV2QueryJobs": _limit(_QUERY_JOBS, _jobs(call, "V2Query")),
        "DailyBulkApiBatches": _limit(_BATCHES, _jobs(call, "V2Ingest")),
        "DataStorageMB": _limit(_DATA_MB, _records(call) * _RECORD_KB // 1024),
        "FileStorageMB": _limit(_FILE_MB, _file_bytes(call) // 1_048_576),
        "PermissionSets": _permission_sets(call),
    }
    return Answer(body=dict(sorted(found.items())))


def record_count(call: Call) -> Answer:
    """`/limits/recordCount?sObjects=Account,Contact`: about how many records there are, deleted ones too."""
    require(call.world, call.caller, "ViewSetup")
    asked = [name.strip() for name in call.query.get("sObjects", "").split(",") if name.strip()]
    schema = call.world.store.schema
    objects = [schema.get(name) for name in asked] if asked else list(schema)
    found = [obj for obj in objects if obj is not None and obj.queryable]
    if asked and len(found) < len(asked):
        raise not_found()
    counts = [{"count": _rows(call, obj.name), "name": obj.name} for obj in found]
    return Answer(body={"sObjects": counts})


def _limit(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}


def _jobs(call: Call, kind: str) -> int:
    row = call.world.store.one(_JOBS, kind, iso(call.now - timedelta(days=1)))
    return int(row["number"]) if row else 0


def _rows(call: Call, table: str) -> int:
    """How many rows a table has, from its last one: no table is read."""
    row = call.world.store.one(" ".join(("SELECT MAX(rowid) AS number FROM", quoted(table))))
    return int(row["number"] or 0) if row else 0


def _records(call: Call) -> int:
    return sum(_rows(call, obj.name) for obj in call.world.store.schema if obj.has_deleted_flag)


def _file_bytes(call: Call) -> int:
    row = call.world.store.one("SELECT SUM(ContentSize) AS bytes FROM ContentVersion")
    return int(row["bytes"] or 0) if row else 0


def _permission_sets(call: Call) -> dict[str, Any]:
    row = call.world.store.one("SELECT COUNT(*) AS number FROM PermissionSet WHERE IsOwnedByProfile = 0")
    used = int(row["number"]) if row else 0
    return {**_limit(_PERMISSION_SETS, used), "CreateCustom": _limit(1_000, used)}


ROUTES = (
    Endpoint("/limits", limits, "every limit; calls, bulk jobs, storage are counted", "403 without View Setup"),
    Endpoint("/limits/recordCount", record_count, "about how many records an object has", "403 without View Setup"),
)
