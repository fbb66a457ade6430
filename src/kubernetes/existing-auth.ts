import { Construct } from 'constructs';
import { rememberLine } from '../core/at';
import type { VaultServer } from '../vault/server';
import { type DefaultDelivery, type IKubernetesAuth, markAuthMount } from './auth-mount';
import type { Ca } from './ca';
import type { KubernetesCluster } from './cluster';
import type { Reviewer } from './reviewer';

/** What is known of a mount that exists already. */
export type ExistingAuthFacts = Pick<
  IKubernetesAuth,
  'cluster' | 'path' | 'reviewer' | 'delivery' | 'vault' | 'audience'
>;

/** An auth mount that exists already: prints no mount, no settings and no right of a reviewer. */
export class ExistingKubernetesAuth extends Construct implements IKubernetesAuth {
  readonly server: VaultServer;
  readonly cluster: KubernetesCluster;
  readonly path: string;
  readonly reviewer: Reviewer;
  readonly delivery: DefaultDelivery | undefined;
  readonly renamedFrom = undefined;
  readonly audience: string;
  readonly vault: { readonly address: string; readonly ca: Ca };

  /** @param check - gives the checked facts; its messages name this construct */
  constructor(server: VaultServer, id: string, check: (self: Construct) => ExistingAuthFacts) {
    super(server, id);
    rememberLine(this);
    markAuthMount(this);
    this.server = server;
    const facts = check(this);
    this.cluster = facts.cluster;
    this.path = facts.path;
    this.reviewer = facts.reviewer;
    this.delivery = facts.delivery;
    this.audience = facts.audience;
    this.vault = facts.vault;
  }

  /** Its path: there is no resource to refer to. */
  get backend(): string {
    return this.path;
  }
}
