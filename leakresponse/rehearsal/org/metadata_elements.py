"""Which elements the files of some types may have at their top (Metadata API guide, pages of these types, v67).

Types that are not here take any element: what they hold is not read.
"""

from __future__ import annotations

from collections.abc import Mapping

_APP = "externalClientApplication label"
_TABLE: Mapping[str, str] = {
    "ExtlClntAppGlobalOauthSettings": (
        f"{_APP} callbackUrl certificate consumerKey consumerSecret idTokenConfig isClientCredentialsFlowEnabled "
        "isCodeCredFlowEnabled isCodeCredPostOnly isConsumerSecretOptional isDeviceFlowEnabled isIntrospectAllTokens "
        "isNamedUserJwtEnabled isPkceRequired isRefreshTokenRotationEnabled isSecretRequiredForRefreshToken "
        "isSecretRequiredForTokenExchange isTokenExchangeEnabled shouldRotateConsumerKey shouldRotateConsumerSecret"
    ),
    "ExtlClntAppOauthConfigurablePolicies": (
        f"{_APP} apexHandler clientCredentialsFlowUser commaSeparatedCustomScopes commaSeparatedPermissionSet "
        "commaSeparatedProfile customAttributes executeHandlerAs guestJwtTimeout guestJwtSessionTimeoutType "
        "ipRelaxationPolicyType isClientCredentialsFlowEnabled isGuestCodeCredFlowEnabled isNamedUserJwtEnabled "
        "isTokenExchangeFlowEnabled namedUserJwtTimeout namedUserJwtSessionTimeoutType permittedUsersPolicyType "
        "policyAction refreshTokenPolicyType refreshTokenValidityPeriod refreshTokenValidityUnit requiredSessionLevel "
        "sessionTimeoutInMinutes singleLogoutUrl startUrl"
    ),
    "ExtlClntAppConfigurablePolicies": (
        f"{_APP} isEnabled isCanvasPluginEnabled isMobilePluginEnabled isNotificationPluginEnabled "
        "isOauthPluginEnabled isPushPluginEnabled isSamlPluginEnabled startPage startUrl"
    ),
    "BlacklistedConsumer": "blockedByApiWhitelisting consumerKey consumerName masterLabel",
    "ExternalClientApplication": (
        "contactEmail contactPhone description distributionState iconUrl infoUrl isProtected label logoUrl managedType "
        "orgScopedExternalApp"
    ),
    "RemoteSiteSetting": "description disableProtocolSecurity isActive url",
    "CspTrustedSite": (
        "canAccessCamera canAccessMicrophone context description endpointUrl isActive isApplicableToConnectSrc "
        "isApplicableToFontSrc isApplicableToFrameSrc isApplicableToImgSrc isApplicableToMediaSrc "
        "isApplicableToStyleSrc mobileExtension"
    ),
    "PermissionSetGroup": "description hasActivationRequired label mutingPermissionSets permissionSets status",
    "PermissionSet": (
        "ServicePresenceStatusAccesses agentAccesses applicationVisibilities classAccesses customMetadataTypeAccesses "
        "customPermissions customSettingAccesses description emailRoutingAddressAccesses "
        "externalCredentialPrincipalAccesses externalDataSourceAccesses fieldPermissions flowAccesses "
        "genComputingSummaryDefAccess hasActivationRequired label license objectPermissions pageAccesses "
        "recordTypeVisibilities tabSettings userLicense userPermissions"
    ),
    "Profile": (
        "ServicePresenceStatusAccesses agentAccesses applicationVisibilities categoryGroupVisibilities classAccesses "
        "custom customMetadataTypeAccesses customPermissions customSettingAccesses description "
        "externalDataSourceAccesses fieldLevelSecurities fieldPermissions flowAccesses genComputingSummaryDefAccess "
        "layoutAssignments loginFlows loginHours loginIpRanges objectPermissions pageAccesses profileActionOverrides "
        "recordTypeVisibilities tabVisibilities userLicense userPermissions"
    ),
    "PlatformEncryptionSettings": (
        "canEncryptManagedPackageFields enableDeterministEncryption enableEncryptFieldHistory "
        "enableEventBusEncryption isMEKForEncryptionRequired"
    ),
    "EncryptionKeySettings": (
        "canOptOutOfDerivationWithBYOK enableCacheOnlyKeys enableReplayDetection canExternalKeyManagement "
        "canManageDataCloudKeys canEncryptTransactionalDatabase"
    ),
}
ELEMENTS: Mapping[str, frozenset[str]] = {
    kind: frozenset({"fullName", *names.split()}) for kind, names in _TABLE.items()
}
