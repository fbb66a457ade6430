import { deliveredButDenied, deliveredButUnknown } from './access';
import { longLivedToken, mountOfOtherCluster, mountWithoutConfig, selectorWithoutReviewer } from './auth-mounts';
import { otherEnvironment } from './environments';
import { endsWithLogin, inEtcd, pastTheAgent, readableByAll, rotatesLate, swapped } from './csi-deliveries';
import * as mounts from './csi-mounts';
import * as objects from './csi-objects';
import * as parameters from './csi-parameters';
import * as paths from './csi-paths';
import * as pods from './csi-pods';
import * as volumes from './csi-volumes';
import { intentNotPrinted, printedWithoutIntent } from './intents';
import { kvPathWithoutSegment, listsLeaf } from './kv-paths';
import { audienceMismatch, deliveryMissing, identityNotAdmitted, mountNotPrinted, roleMissing } from './login-chain';
import { printedTwice } from './objects';
import { defaultPolicyUnknown, policyMissing, policyNowhere } from './policies';
import {
  admitsByWildcard,
  admitsEveryone,
  admitsNoOne,
  admitsSeveral,
  issuerValidated,
  noMaxTtl,
  pinnedReviewer,
} from './roles';
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
  mountNotPrinted,
  deliveredButDenied,
  deliveredButUnknown,
  intentNotPrinted,
  printedWithoutIntent,
  policyMissing,
  defaultPolicyUnknown,
  policyNowhere,
  policyPaths.ruleOverMount,
  policyPaths.ruleWithSudo,
  policyPaths.ruleUnused,
  policyPaths.capabilityUnknown,
  policyPaths.denyMixed,
  kvPathWithoutSegment,
  listsLeaf,
  admitsEveryone,
  admitsByWildcard,
  admitsSeveral,
  admitsNoOne,
  pinnedReviewer,
  issuerValidated,
  longLivedToken,
  mountWithoutConfig,
  selectorWithoutReviewer,
  mountOfOtherCluster,
  noMaxTtl,
  tokens.audienceMissing,
  tokens.audiencesIgnored,
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
  rotatesLate,
  pastTheAgent,
  endsWithLogin,
  readableByAll,
  swapped,
  inEtcd,
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
  otherEnvironment,
];
