"""What stands around a case or an order: comments, mails, tasks, files, order lines.

Fields: object reference of v67. Polymorphic references (WhatId, LinkedEntityId, RelatedToId) have no relationship here,
since every relationship of the simulated org leads to one object. Bodies of files are text documents in Base64.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import (
    SObject,
    audit,
    flag,
    id_field,
    long_text,
    moment,
    ref,
    sobject,
    text,
    typed,
)


def case_comment() -> SObject:
    """What was said on a case; who sees the case sees it."""
    return sobject(
        "CaseComment", "00a", "Case Comment", id_field(), *audit(),
        ref("ParentId", "Parent ID", "Case", "Parent", "CaseComments", nillable=False, updateable=False),
        long_text("CommentBody", "Comment Body", 4000),
        flag("IsPublished", "Is Published"),
        text("CreatorName", "Creator Name", updateable=False),
        flag("IsNotificationSelected", "Is Notification Selected"),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="ParentId",
    )  # fmt: skip


def email_message() -> SObject:
    """A mail on a case."""
    return sobject(
        "EmailMessage", "02s", "Email Message", id_field(), *audit(),
        ref("ParentId", "Parent ID", "Case", "Parent", "EmailMessages", updateable=False),
        ref("RelatedToId", "Related To ID", ""),
        ref("ActivityId", "Activity ID", "", updateable=False),
        text("Subject", "Subject"),
        long_text("TextBody", "Text Body"),
        long_text("HtmlBody", "Html Body"),
        long_text("Headers", "Headers"),
        text("FromName", "From Name"),
        typed("email", "FromAddress", "From Address", 80),
        typed("picklist", "ValidatedFromAddress", "Validated From Address", 255),
        text("ToAddress", "To Address"),
        text("CcAddress", "Cc Address"),
        text("BccAddress", "Bcc Address"),
        flag("Incoming", "Incoming"),
        flag("HasAttachment", "Has Attachment", updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False),
        moment("MessageDate", "Message Date"),
        text("MessageIdentifier", "Message Identifier"),
        text("ThreadIdentifier", "Thread Identifier"),
        ref("ReplyToEmailMessageId", "Reply To Email Message ID", "EmailMessage", "ReplyToEmailMessage",
            updateable=False),
        flag("IsExternallyVisible", "Is Externally Visible", updateable=False),
        flag("IsClientManaged", "Is Client Managed"),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="ParentId",
    )  # fmt: skip


def task() -> SObject:
    """A call or something to do."""
    return sobject(
        "Task", "00T", "Task", id_field(), *audit(),
        ref("WhoId", "Who ID", "Contact", "Who", "Tasks"),
        ref("WhatId", "What ID", ""),
        ref("AccountId", "Account ID", "Account", "Account", updateable=False),
        text("Subject", "Subject"),
        typed("date", "ActivityDate", "Activity Date"),
        typed("picklist", "Status", "Status", 255, nillable=False),
        typed("picklist", "Priority", "Priority", 255, nillable=False),
        flag("IsHighPriority", "Is High Priority", updateable=False),
        flag("IsClosed", "Is Closed", updateable=False),
        flag("IsArchived", "Is Archived", updateable=False),
        long_text("Description", "Description"),
        typed("picklist", "Type", "Type", 255),
        typed("picklist", "TaskSubtype", "Task Subtype", 255, updateable=False),
        typed("picklist", "CallType", "Call Type", 255),
        typed("int", "CallDurationInSeconds", "Call Duration In Seconds"),
        text("CallDisposition", "Call Disposition"),
        moment("CompletedDateTime", "Completed Date Time", updateable=False),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def attachment() -> SObject:
    """A classic file on a record; `Body` is Base64."""
    return sobject(
        "Attachment", "00P", "Attachment", id_field(), *audit(),
        ref("ParentId", "Parent ID", "Case", "Parent", "Attachments", nillable=False, updateable=False),
        text("Name", "Name", nillable=False),
        text("ContentType", "Content Type"),
        typed("int", "BodyLength", "Body Length", updateable=False),
        typed("base64", "Body", "Body", filterable=False, sortable=False, nillable=False),
        text("Description", "Description", 255),
        flag("IsPrivate", "Is Private"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="ParentId",
    )  # fmt: skip


def content_document() -> SObject:
    """A file, whatever its versions."""
    return sobject(
        "ContentDocument", "069", "Content Document", id_field(), *audit(),
        text("Title", "Title", nillable=False),
        text("Description", "Description", 255),
        text("FileExtension", "File Extension", updateable=False),
        text("FileType", "File Type", updateable=False),
        typed("int", "ContentSize", "Content Size", updateable=False),
        ref("LatestPublishedVersionId", "Latest Published Version ID", "ContentVersion", "LatestPublishedVersion",
            updateable=False),
        typed("picklist", "PublishStatus", "Publish Status", 255, nillable=False, updateable=False),
        typed("picklist", "SharingOption", "Sharing Option", 255),
        typed("picklist", "SharingPrivacy", "Sharing Privacy", 255),
        moment("ContentModifiedDate", "Content Modified Date", updateable=False),
        flag("IsArchived", "Is Archived"),
        ref("ParentId", "Parent ID", ""),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def content_version() -> SObject:
    """One version of a file; `VersionData` is Base64."""
    return sobject(
        "ContentVersion", "068", "Content Version", id_field(), *audit(),
        ref("ContentDocumentId", "Content Document ID", "ContentDocument", "ContentDocument", "ContentVersions",
            nillable=False, updateable=False),
        text("Title", "Title", nillable=False),
        text("PathOnClient", "Path On Client"),
        text("FileExtension", "File Extension", updateable=False),
        text("FileType", "File Type", nillable=False, updateable=False),
        typed("int", "ContentSize", "Content Size", updateable=False),
        typed("base64", "VersionData", "Version Data", filterable=False, sortable=False),
        text("VersionNumber", "Version Number", updateable=False),
        text("Checksum", "Checksum", updateable=False),
        flag("IsLatest", "Is Latest", updateable=False),
        flag("IsMajorVersion", "Is Major Version"),
        typed("picklist", "ContentLocation", "Content Location", 255, nillable=False, updateable=False),
        typed("picklist", "Origin", "Origin", 255, nillable=False, updateable=False),
        typed("picklist", "PublishStatus", "Publish Status", 255, nillable=False, updateable=False),
        text("Description", "Description", 255),
        ref("FirstPublishLocationId", "First Publish Location ID", "", updateable=False),
        moment("ContentModifiedDate", "Content Modified Date"),
        ref("ContentModifiedById", "Content Modified By ID", "User", "ContentModifiedBy", updateable=False),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="ContentDocumentId",
    )  # fmt: skip


def content_document_link() -> SObject:
    """Where a file is shared."""
    return sobject(
        "ContentDocumentLink", "06A", "Content Document Link", id_field(),
        ref("ContentDocumentId", "Content Document ID", "ContentDocument", "ContentDocument", "ContentDocumentLinks",
            nillable=False, updateable=False),
        ref("LinkedEntityId", "Linked Entity ID", "", nillable=False, updateable=False),
        typed("picklist", "ShareType", "Share Type", 255),
        typed("picklist", "Visibility", "Visibility", 255),
        moment("SystemModstamp", "System Modstamp", nillable=False, updateable=False),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="ContentDocumentId",
    )  # fmt: skip


def order_item() -> SObject:
    """A line of an order."""
    return sobject(
        "OrderItem", "802", "Order Product", id_field(), *audit(),
        ref("OrderId", "Order ID", "Order", "Order", "OrderItems", nillable=False, updateable=False),
        text("OrderItemNumber", "Order Item Number", nillable=False, updateable=False),
        ref("Product2Id", "Product2 ID", "", updateable=False),
        ref("PricebookEntryId", "Pricebook Entry ID", "", updateable=False),
        text("Description", "Description"),
        typed("double", "Quantity", "Quantity", nillable=False),
        typed("currency", "UnitPrice", "Unit Price"),
        typed("currency", "ListPrice", "List Price"),
        typed("currency", "TotalPrice", "Total Price", updateable=False),
        typed("date", "ServiceDate", "Service Date"),
        typed("date", "EndDate", "End Date"),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="OrderId",
    )  # fmt: skip


def report() -> SObject:
    """A kept report; what it selects is in its definition."""
    return sobject(
        "Report", "00O", "Report", id_field(), *audit(),
        text("Name", "Name", nillable=False, updateable=False),
        text("DeveloperName", "Developer Name", 80, nillable=False, updateable=False),
        text("Description", "Description", updateable=False),
        text("FolderName", "Folder Name", updateable=False),
        typed("picklist", "Format", "Format", 255, nillable=False, updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False, updateable=False),
        moment("LastRunDate", "Last Run Date", updateable=False),
        moment("LastViewedDate", "Last Viewed Date", updateable=False),
        moment("LastReferencedDate", "Last Referenced Date", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def dashboard() -> SObject:
    """A page of charts."""
    return sobject(
        "Dashboard", "01Z", "Dashboard", id_field(), *audit(),
        text("Title", "Title", nillable=False, updateable=False),
        text("DeveloperName", "Developer Name", 80, nillable=False, updateable=False),
        text("Description", "Description", updateable=False),
        text("FolderName", "Folder Name", updateable=False),
        ref("FolderId", "Folder ID", "", nillable=False, updateable=False),
        ref("RunningUserId", "Running User ID", "User", "RunningUser", nillable=False, updateable=False),
        typed("picklist", "Type", "Type", 255, nillable=False, updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def list_view() -> SObject:
    """A kept list of an object's records."""
    return sobject(
        "ListView", "00B", "List View", id_field(), *audit(deleted=False),
        text("Name", "List View Name", 40, updateable=False),
        text("DeveloperName", "API Name", 80, updateable=False),
        typed("picklist", "SobjectType", "Sobject Type", 40, updateable=False),
        text("NamespacePrefix", "Namespace Prefix", 15, updateable=False),
        flag("IsSoqlCompatible", "Is SOQL Compatible", updateable=False),
        moment("LastViewedDate", "Last Viewed Date", updateable=False),
        moment("LastReferencedDate", "Last Referenced Date", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def service_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (
        case_comment(),
        email_message(),
        task(),
        attachment(),
        content_document(),
        content_version(),
        content_document_link(),
        order_item(),
        report(),
        dashboard(),
        list_view(),
    )
