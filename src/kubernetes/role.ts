import { globMatches } from '../core/glob';
import { dnsLabel, dnsSubdomain } from '../core/names';
import { VaultCdkError } from '../errors/error';
import { statedTokenSettings, type TokenOptions, type TokenSettings, tokenSettings } from '../vault/token';

/** What names an identity in Vault: the account's uid, which a new account of the same name does not have, or its name. */
export type AliasNameSource = 'serviceaccount_uid' | 'serviceaccount_name';

/** What a role of a Kubernetes auth mount may say of its logins. */
export interface RoleOptions extends TokenOptions {
  /**
   * What names the identity in Vault. By name it can be known before the account exists, e.g. for an alias that is made
   * ahead; whoever makes an account of that name later is then the same identity.
   * @default 'serviceaccount_uid'
   */
  readonly aliasNameSource?: AliasNameSource;
}

/** Arguments of a role in Terraform. */
export interface RoleSettings extends TokenSettings {
  readonly aliasNameSource: AliasNameSource;
}

const ALIAS_SOURCES: readonly string[] = ['serviceaccount_uid', 'serviceaccount_name'] satisfies AliasNameSource[];

/** What was said of a role, as plain values. */
export function statedRoleSettings(options: RoleOptions): Partial<RoleSettings> {
  const { aliasNameSource } = options;
  return { ...statedTokenSettings(options), ...(aliasNameSource === undefined ? {} : { aliasNameSource }) };
}

/** The arguments for these options; refuses what Vault refuses, and what it ignores. */
export function roleSettings(
  options: RoleOptions,
  context: { readonly at: string; readonly maxTtl: number | undefined },
): RoleSettings {
  const aliasNameSource = options.aliasNameSource ?? 'serviceaccount_uid';
  if (ALIAS_SOURCES.includes(aliasNameSource)) return { aliasNameSource, ...tokenSettings(options, context) };
  throw new VaultCdkError({
    code: 'role/alias-name-source',
    problem: 'an identity is named by the uid or by the name of its service account',
    at: context.at,
    given: aliasNameSource,
    allowed: ALIAS_SOURCES.map(s => JSON.stringify(s)).join(' or '),
    live: 'invalid alias_name_source, must be one of: serviceaccount_uid, serviceaccount_name',
    fix: 'drop `aliasNameSource`, or write one of the two',
  });
}

/** Whom a role admits: names times namespaces, as Vault binds them. */
export interface Bindings {
  /** Names of service accounts; `*` stands for any text. */
  readonly serviceAccounts: readonly string[];
  /** Their namespaces; `*` stands for any text. */
  readonly namespaces: readonly string[];
}

/** Refuses the account that is nobody's in particular. */
export function assertOwnAccount(name: string, here: string): void {
  if (name !== 'default') return;
  throw new VaultCdkError({
    code: 'workload/default-service-account',
    problem: 'the service account "default" is shared by every pod of the namespace that states none',
    at: here,
    given: name,
    allowed: 'a service account of its own',
    live: 'silently ignored: every such pod could read these secrets',
    fix: 'name a service account for this workload',
  });
}

/** The bindings, each name once; refuses those that Vault refuses, and those that admit everyone. */
export function checkedBindings({ serviceAccounts, namespaces }: Bindings, at: string): Bindings {
  const names = checkedNames(serviceAccounts, 'bound_service_account_names', at, name =>
    dnsSubdomain(name, { what: 'the name of a service account', at }),
  );
  const spaces = checkedNames(namespaces, 'bound_service_account_namespaces', at, name =>
    dnsLabel(name, { what: 'a namespace', at }),
  );
  if (!names.includes('*') || !spaces.includes('*')) return { serviceAccounts: names, namespaces: spaces };
  throw new VaultCdkError({
    code: 'role/admits-everyone',
    problem: 'the role admits every service account in every namespace',
    at,
    given: { serviceAccounts, namespaces },
    allowed: 'names of service accounts, or names of namespaces, or both',
    live: 'silently ignored: Vault takes "*" for both, and any pod of the cluster can log in',
    fix: 'list the namespaces',
  });
}

function checkedNames(
  given: readonly string[],
  argument: 'bound_service_account_names' | 'bound_service_account_namespaces',
  at: string,
  check: (name: string) => string,
): readonly string[] {
  const all = [...new Set(given)];
  const isMixed = all.includes('*') && all.length > 1;
  if (all.length > 0 && !isMixed) {
    // What a wildcard stands for can be anything, so the rest only has to be of the alphabet.
    for (const name of all) if (name !== '*') check(name.replaceAll('*', 'x'));
    return all;
  }
  throw new VaultCdkError({
    code: 'role/bindings',
    problem: isMixed ? 'the role lists "*" beside names' : 'the role admits no one',
    at,
    given,
    allowed: isMixed ? '"*" alone, or names' : 'at least one name',
    live: isMixed
      ? '400 can not mix "*" with values'
      : argument === 'bound_service_account_names'
        ? '400 "bound_service_account_names" can not be empty'
        : '400 "bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set',
    fix: 'list the names that are meant',
  });
}

/** Whether bindings admit an identity; `*` stands for any text, anywhere. */
export function admits(
  { serviceAccounts, namespaces }: Bindings,
  identity: { readonly namespace: string; readonly serviceAccount: string },
): boolean {
  return (
    serviceAccounts.some(p => globMatches(p, identity.serviceAccount)) &&
    namespaces.some(p => globMatches(p, identity.namespace))
  );
}
