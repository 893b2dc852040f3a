"""A bulk query job deleted soon after it completed, from a network that is not usual for its app."""

from leakresponse.core.detections.bulk_job_deleted.predicate import RULE, find

__all__ = ["RULE", "find"]
