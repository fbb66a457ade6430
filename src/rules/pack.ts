import {
  deliveredButDenied,
  deliveredButUnknown,
  intentNotPrinted,
  policyMissing,
  printedWithoutIntent,
} from './access';
import { audienceMismatch, deliveryMissing, identityNotAdmitted, roleMissing } from './login-chain';
import { printedTwice } from './objects';
import { admitsByWildcard, admitsEveryone, admitsNoOne, admitsSeveral, issuerValidated, pinnedReviewer } from './roles';
import type { Rule } from './rule';
import { secretValue } from './secrets';

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
  admitsEveryone,
  admitsByWildcard,
  admitsSeveral,
  admitsNoOne,
  pinnedReviewer,
  issuerValidated,
  secretValue,
  printedTwice,
];
