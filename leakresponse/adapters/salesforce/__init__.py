"""The one way out to Salesforce: timeouts always, vendor errors mapped once, tokens never shown."""

from leakresponse.adapters.salesforce.access import OrgAccess
from leakresponse.adapters.salesforce.client import SalesforceClient

__all__ = ["OrgAccess", "SalesforceClient"]
