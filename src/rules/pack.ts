import { deliveredButDenied, deliveredButUnknown } from './access';
import { endsWithLogin, pastTheAgent, readableByAll, rotatesLate, swapped } from './csi-deliveries';
import { intentNotPrinted, printedWithoutIntent } from './intents';
import { audienceMismatch, deliveryMissing, identityNotAdmitted, roleMissing } from './login-chain';
import { printedTwice } from './objects';
import { defaultPolicyUnknown, policyMissing } from './policies';
import { admitsByWildcard, admitsEveryone, admitsNoOne, admitsSeveral, issuerValidated, pinnedReviewer } from './roles';
import type { Rule } from './rule';
import { secretValue } from './secrets';
import { filledTwice, secretIncomplete } from './synced-secrets';

/** Every rule, in the order of their ids. */
export const recommended: readonly Rule[] = [
  roleMissing,
  identityNotAdmitted,
  audienceMismatch,
  deliveryMissing,
  deliveredButDenied,
  deliveredButUnknown,
  intentNotPrinted,
  printedWithoutIntent,
  policyMissing,
  defaultPolicyUnknown,
  admitsEveryone,
  admitsByWildcard,
  admitsSeveral,
  admitsNoOne,
  pinnedReviewer,
  issuerValidated,
  secretValue,
  printedTwice,
  filledTwice,
  secretIncomplete,
  rotatesLate,
  pastTheAgent,
  endsWithLogin,
  readableByAll,
  swapped,
];
