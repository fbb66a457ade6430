import type { ApiObject, Chart } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { dnsSubdomain } from '../core/names';
import { VaultCdkError } from '../errors/error';
import type { KubernetesCluster } from '../kubernetes/cluster';
import { assertOwnAccount } from '../kubernetes/role';
import { isPrinted, printServiceAccount, type ServiceAccountProps } from '../kubernetes/service-account';

/** A service account as an option says it. */
export type AccountOption = string | ServiceAccountProps | ServiceAccountConstruct | undefined;

/** A service account that prints itself, such as one of cdk8s-plus. */
export type ServiceAccountConstruct = IConstruct & { readonly name: string };

/** The name that an option says, if it does. */
export function nameOfAccount(option: AccountOption): string | undefined {
  return typeof option === 'string' ? option : option?.name;
}

/** The name of a workload's service account: a valid one, and not the one that every pod has. */
export function accountName(name: string, here: string): string {
  dnsSubdomain(name, { what: 'the name of the service account', at: here });
  assertOwnAccount(name, here);
  return name;
}

/** The same account by the name that it turned out to have. */
export function named(option: AccountOption, name: string): Exclude<AccountOption, undefined> {
  return typeof option !== 'object' ? name : Construct.isConstruct(option) ? option : { ...option, name };
}

/** Where an account is printed, and what it is. */
export interface Account {
  readonly chart: Chart;
  readonly cluster: KubernetesCluster;
  readonly namespace: string;
  readonly name: string;
  readonly at: string;
}

/** Prints the account, or sees to it that nothing is said of one that is not printed. */
export function account(
  { chart, cluster, namespace, name, at }: Account,
  option: AccountOption,
  isOurs: boolean,
): ApiObject | undefined {
  const said = withoutName(option);
  if (Construct.isConstruct(option)) return undefined;
  // Pods that are a workload of another Vault too state the account that was printed for it.
  if (isOurs || isPrinted(cluster, { namespace, name }))
    return printServiceAccount(chart, cluster, { ...said, namespace, name, at });
  if (Object.keys(said).length === 0) return undefined;
  throw new VaultCdkError({
    code: 'workload/account-of-others',
    problem: `the service account "${namespace}/${name}" is made by something else, and something is said of it here`,
    at,
    given: said,
    allowed: 'its name',
    live: 'silently ignored: nothing here prints the account',
    fix: 'say it where the account is made, or pass `createServiceAccount: true`',
  });
}

function withoutName(option: AccountOption): Omit<ServiceAccountProps, 'name'> {
  return typeof option === 'object' && !Construct.isConstruct(option)
    ? Object.fromEntries(Object.entries(option).filter(([key]) => key !== 'name'))
    : {};
}
