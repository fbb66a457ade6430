import { deliveredButDenied, deliveredButUnknown } from './access';
import { longLivedToken, mountOfOtherCluster, mountWithoutConfig, selectorWithoutReviewer } from './auth-mounts';
import { otherEnvironment } from './environments';
import { endsWithLogin, pastTheAgent, readableByAll, rotatesLate, swapped } from './csi-deliveries';
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
import type { Rule } from './rule';
import { secretValue } from './secrets';
import { filledTwice, secretIncomplete } from './synced-secrets';

/** Every rule, in the order of their ids. */
export const recommended: readonly Rule[] = [
  roleMissing,
  identityNotAdmitted,
  audienceMismatch,
  deliveryMissing,
  mountNotPrinted,
  deliveredButDenied,
  deliveredButUnknown,
  intentNotPrinted,
  printedWithoutIntent,
  policyMissing,
  defaultPolicyUnknown,
  policyNowhere,
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
  secretValue,
  printedTwice,
  filledTwice,
  secretIncomplete,
  rotatesLate,
  pastTheAgent,
  endsWithLogin,
  readableByAll,
  swapped,
  otherEnvironment,
];
