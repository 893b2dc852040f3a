"""The component types that the org knows: folder and suffix of each (metadata registry of the CLI), and acts.

Types that act change the org's rows and are read back from them; all others are kept and returned as they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from leakresponse.rehearsal.org import (
    metadata_access,
    metadata_apps,
    metadata_eca,
    metadata_objects,
    metadata_outward,
    metadata_profiles,
    metadata_settings,
)
from leakresponse.rehearsal.org.metadata_kinds import Kind

#: Type, folder, suffix; M: content and description are two files, F: files lie in folders of their own.
_TABLE = """
ApexClass classes cls M|ApexComponent components component M|ApexPage pages page M|ApexTrigger triggers trigger M
ApexTestSuite testSuites testSuite|ApprovalProcess approvalProcesses approvalProcess|AppMenu appMenus appMenu
AssignmentRules assignmentRules assignmentRules|AuthProvider authproviders authprovider
AutoResponseRules autoResponseRules autoResponseRules|Certificate certs crt M
CorsWhitelistOrigin corsWhitelistOrigins corsWhitelistOrigin|CustomApplication applications app
CustomLabels labels labels|CustomMetadata customMetadata md|CustomNotificationType notificationtypes notiftype
CustomPermission customPermissions customPermission|CustomSite sites site|CustomTab tabs tab
CustomObjectTranslation objectTranslations objectTranslation|Dashboard dashboards dashboard F
DelegateGroup delegateGroups delegateGroup|Document documents document MF|DuplicateRule duplicateRules duplicateRule
EmailServicesFunction emailservices xml|EmailTemplate email email MF|EscalationRules escalationRules escalationRules
EventRelayConfig eventRelays eventRelay|ExternalDataSource dataSources dataSource
ExternalAuthIdentityProvider externalAuthIdentityProviders externalAuthIdentityProvider
ExternalServiceRegistration externalServiceRegistrations externalServiceRegistration
ExtlClntAppMobileConfigurablePolicies extlClntAppMobilePolicies ecaMobilePlcy
ExtlClntAppMobileSettings extlClntAppMobileSettings ecaMobile
ExtlClntAppNotificationSettings extlClntAppNotifSettings ecaNotifications
ExtlClntAppOauthSecuritySettings extlClntAppOauthSecuritySettings ecaOauthSecurity
ExtlClntAppSamlConfigurablePolicies extlClntAppSamlConfigurablePolicies ecaSamlPlcy
FlexiPage flexipages flexipage|Flow flows flow|FlowDefinition flowDefinitions flowDefinition
GlobalValueSet globalValueSets globalValueSet|Group groups group|HomePageLayout homePageLayouts homePageLayout
IframeWhiteListUrlSettings iframeWhiteListUrlSettings iframeWhiteListUrlSettings
InboundNetworkConnection inboundNetworkConnections inboundNetworkConnection|Layout layouts layout
ManagedEventSubscription managedEventSubscriptions managedEventSubscription|MatchingRules matchingRules matchingRule
MyDomainDiscoverableLogin myDomainDiscoverableLogins myDomainDiscoverableLogin|Network networks network
NotificationTypeConfig notificationTypeConfig config|OauthCustomScope oauthcustomscopes oauthcustomscope
OauthTokenExchangeHandler oauthtokenexchangehandlers oauthtokenexchangehandler
OutboundNetworkConnection outboundNetworkConnections outboundNetworkConnection
PathAssistant pathAssistants pathAssistant|PlatformEventChannel platformEventChannels platformEventChannel
PlatformEventChannelMember platformEventChannelMembers platformEventChannelMember
PlatformEventSubscriberConfig PlatformEventSubscriberConfigs platformEventSubscriberConfig
ProfilePasswordPolicy profilePasswordPolicies profilePasswordPolicy
ProfileSessionSetting profileSessionSettings profileSessionSetting
PublicKeyCertificate PublicKeyCertificate PublicKeyCertificate|Queue queues queue
PublicKeyCertificateSet PublicKeyCertificateSet PublicKeyCertificateSet|QuickAction quickActions quickAction
RedirectWhitelistUrl redirectWhitelistUrls redirectWhitelistUrl|Report reports report F
ReportType reportTypes reportType|Role roles role|SamlSsoConfig samlssoconfigs samlssoconfig
SharingRules sharingRules sharingRules|SharingSet sharingSets sharingSet
StandardValueSet standardValueSets standardValueSet|StaticResource staticresources resource M
TopicsForObjects topicsForObjects topicsForObjects|Translations translations translation
TransactionSecurityPolicy transactionSecurityPolicies transactionSecurityPolicy
UserAuthCertificate userAuthCertificates userAuthCertificate|UserCriteria userCriteria userCriteria
Workflow workflows workflow
"""
#: Acting types in the order in which a deploy applies them: what others refer to comes first.
_ACTING = (
    *metadata_objects.KINDS, *metadata_outward.KINDS, *metadata_apps.KINDS, *metadata_eca.KINDS,
    *metadata_access.KINDS, *metadata_profiles.KINDS, *metadata_settings.KINDS,
)  # fmt: skip


def _kept() -> Iterator[Kind]:
    for line in _TABLE.strip().replace("\n", "|").split("|"):
        name, folder, suffix, *marks = line.split()
        letters = "".join(marks)
        yield replace(Kind(name, folder, suffix), meta="M" in letters, foldered="F" in letters)


#: Every type by name, in the order in which a deploy applies them; apps name permission sets and come after them.
KINDS: Mapping[str, Kind] = {one.name: one for one in (*_ACTING, *_kept())}
#: Types that lie inside the files of others, by name.
PARENT_OF: Mapping[str, str] = {child: one.name for one in KINDS.values() for child in one.children}
