import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { at } from '../core/at';
import { VaultCdkError } from '../errors/error';

/** The label that says which team answers for an object. */
export const OWNER_LABEL = 'owner';

const OWNED = Symbol.for('vault-cdk.owned');

/** Says who answers for the objects below a construct; asked when they are printed, since it may be stated later. */
export function ownedBy(construct: IConstruct, owner: () => string | undefined): void {
  Object.defineProperty(construct, OWNED, { value: owner });
}

/**
 * Labels objects with their owners, where they are stated and no label says otherwise.
 *
 * @param constructs - a tree, each construct before those below it: what is said nearest to an object holds
 */
export function labelOwners(constructs: readonly IConstruct[]): void {
  for (const construct of [...constructs].reverse()) {
    const owner = (construct as { readonly [OWNED]?: () => string | undefined })[OWNED]?.();
    if (owner === undefined) continue;
    for (const object of construct.node.findAll().filter(ApiObject.isApiObject))
      if (object.metadata.getLabel(OWNER_LABEL) === undefined) object.metadata.addLabel(OWNER_LABEL, owner);
  }
}

/** The name of a team as the value of a label. */
export function ownerName(owner: string, construct: IConstruct): string {
  if (owner.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(owner)) return owner;
  throw new VaultCdkError({
    code: 'cluster/owner',
    problem: 'the name of the owner cannot be the value of a label',
    at: at(construct),
    given: owner,
    allowed: 'letters, digits, "-", "_" and ".", the first and last a letter or digit, at most 63',
    live: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
    fix: 'write the short name of the team, e.g. "platform"',
  });
}
