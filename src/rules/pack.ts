import { deliveredButDenied, deliveredButUnknown } from './access';
import * as mounts from './csi-mounts';
import * as objects from './csi-objects';
import * as parameters from './csi-parameters';
import * as paths from './csi-paths';
import * as pods from './csi-pods';
import * as volumes from './csi-volumes';
import { intentNotPrinted, printedWithoutIntent } from './intents';
import { audienceMismatch, deliveryMissing, identityNotAdmitted, roleMissing } from './login-chain';
import { printedTwice } from './objects';
import { defaultPolicyUnknown, policyMissing } from './policies';
import { admitsByWildcard, admitsEveryone, admitsNoOne, admitsSeveral, issuerValidated, pinnedReviewer } from './roles';
import * as policyPaths from './policy-paths';
import type { Rule } from './rule';
import { secretValue } from './secrets';
import * as synced from './synced-secrets';
import * as tokens from './tokens';

/** Every rule, in the order of their ids. */
export const recommended: readonly Rule[] = [
  roleMissing,
  identityNotAdmitted,
  audienceMismatch,
  deliveryMissing,
  pods.defaultAccount,
  deliveredButDenied,
  deliveredButUnknown,
  intentNotPrinted,
  printedWithoutIntent,
  policyMissing,
  defaultPolicyUnknown,
  policyPaths.ruleWithoutData,
  policyPaths.ruleOverMount,
  policyPaths.ruleWithSudo,
  policyPaths.listOfLeaf,
  policyPaths.ruleUnused,
  policyPaths.capabilityUnknown,
  policyPaths.denyMixed,
  admitsEveryone,
  admitsByWildcard,
  admitsSeveral,
  admitsNoOne,
  pinnedReviewer,
  issuerValidated,
  tokens.longLivedToken,
  tokens.audienceMissing,
  tokens.audiencesIgnored,
  tokens.lifetimeUnlimited,
  tokens.lifetimeContradicts,
  tokens.leaseOutlivesToken,
  tokens.roleMountWithPrefix,
  tokens.rootPolicy,
  secretValue,
  printedTwice,
  synced.filledTwice,
  synced.secretIncomplete,
  synced.syncedFileMissing,
  synced.syncedIncomplete,
  synced.tlsKeyUnknown,
  synced.filledImmutable,
  synced.filledAndPrinted,
  parameters.classIncomplete,
  parameters.oldClassVersion,
  parameters.parameterNoText,
  parameters.roleNotNamed,
  parameters.mountTwice,
  parameters.mountWithPrefix,
  parameters.namespaceIgnored,
  parameters.parameterUnknown,
  parameters.verifyNoBoolean,
  parameters.verifySkipped,
  parameters.plainHttp,
  objects.objectsMissing,
  objects.objectsUnreadable,
  objects.objectTwice,
  objects.objectNameRefused,
  objects.objectKeyUnknown,
  objects.objectPathMissing,
  objects.permissionText,
  objects.permissionDecimal,
  objects.encodingUnknown,
  objects.encodingIgnored,
  objects.methodLowerCase,
  objects.argumentsIgnored,
  objects.wholeResponse,
  paths.pathWithoutData,
  paths.keyOfMetadata,
  paths.issuedByRead,
  paths.responseShared,
  volumes.volumeWritable,
  volumes.volumeWithoutClass,
  volumes.attributesOverride,
  volumes.volumeNotMounted,
  volumes.classMountedTwice,
  mounts.mountedBySubPath,
  mounts.mountsOverlap,
  mounts.unreadableFile,
  volumes.onWindows,
  pods.syncedNotMounted,
  pods.syncedKeyMissing,
  pods.credentialSplit,
  pods.injectedToo,
  pods.vaultVariables,
  pods.imageMoves,
];
