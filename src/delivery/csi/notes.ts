import type { Consumption, PrintedPods, Remark } from '../../workload/delivery';
import { runsToCompletion } from '../../workload/helper';
import { fieldText, targetText } from '../../workload/target';
import { secretKeyOf } from './objects';
import { userOf } from './pods';
import { plaintextText } from './plaintext';
import { DEFAULT_MODE } from './print';
import type { CsiContext } from './context';
import { endOf } from './rotation';
import { DEFAULT_PROVIDER_VERSION } from './version';

/** What is unwise about one workload's way of delivery, and what was taken for granted. */
export class CsiNotes {
  private readonly context: CsiContext;
  private readonly consumed: readonly Consumption[];
  private readonly readByRoot = new Set<string>();
  private stays = false;

  constructor(context: CsiContext, consumed: readonly Consumption[]) {
    this.context = context;
    this.consumed = consumed;
  }

  /** Looks at pods that are printed. */
  look(pods: PrintedPods): void {
    this.stays ||= !runsToCompletion(pods.kind);
    for (const { target, containers } of this.consumed) {
      if (target.kind !== 'file' || ((target.mode ?? DEFAULT_MODE) & 0o004) === 0) continue;
      const readers = pods.containers(containers);
      if (readers.every(c => userOf(pods.spec, c).root === true)) this.readByRoot.add(target.path);
    }
  }

  /** What is unwise, and only the program knows. */
  remarks(): readonly Remark[] {
    if (this.consumed.length === 0) return [];
    const { cluster, login } = this.context;
    const who = `${login.namespace}/${login.serviceAccount}`;
    return [
      ...this.rotation(who),
      ...(cluster.agentElsewhere === undefined
        ? []
        : [
            {
              rule: 'VC522' as const,
              message: `${who} reads from ${login.address}, past the Agent of the provider, which talks to ${cluster.agentElsewhere}`,
            },
          ]),
      ...[...this.readByRoot].map(path => ({
        rule: 'VC524' as const,
        message: `the file ${path} of ${who} may be read by everyone in its containers, which run as root and could do with 0o400`,
      })),
      ...this.inEtcd(who),
      ...(cluster.swap
        ? [
            {
              rule: 'VC525' as const,
              message: `files of ${who} lie in the memory of nodes which swap it to disk`,
            },
          ]
        : []),
    ];
  }

  /** One for each Kubernetes Secret. */
  private inEtcd(who: string): readonly Remark[] {
    const { acknowledged, envSecret } = this.context;
    const synced = this.consumed.filter(c => c.target.kind !== 'file').map(c => secretKeyOf(c, envSecret));
    if (!acknowledged) return [];
    return [...new Set(synced.map(s => s.secretName))].sort().map(name => {
      const keys = [...new Set(synced.filter(s => s.secretName === name).map(s => s.key))].sort();
      const message = `the Secret ${name}, filled for ${who}, holds ${keys.join(', ')} as text in etcd: ${plaintextText(acknowledged)}`;
      return { rule: 'VC526' as const, message };
    });
  }

  private rotation(who: string): readonly Remark[] {
    const { cluster } = this.context;
    const leased = this.consumed.filter(c => c.field.secret.lease && c.target.kind !== 'kubernetesSecret');
    if (!this.stays || cluster.pollInterval === undefined) return [];
    const { pollInterval, agent } = cluster;
    const late = leased.flatMap(c => {
      const end = endOf(c, this.context);
      return end === undefined || pollInterval <= end / 2 ? [] : [[c, end] as const];
    });
    const paths = [...new Set(leased.map(c => c.field.secret.path))];
    return [
      ...late.map(([c, end]) => ({
        rule: 'VC521' as const,
        message: `${fieldText(c.field)} of ${who} ends after ${end} seconds, and is read anew only every ${pollInterval}`,
      })),
      ...(agent ? [] : paths).map(path => ({
        rule: 'VC523' as const,
        message: `what ${who} read from ${path} ends with its login, which nothing renews, up to ${pollInterval} seconds before it is read anew`,
      })),
    ];
  }

  /** What was taken for granted, one sentence each. */
  assumptions(): readonly string[] {
    if (this.consumed.length === 0) return [];
    const { cluster, login, acknowledged, envSecret } = this.context;
    const where = `the cluster "${login.cluster.name}"`;
    const who = `${login.namespace}/${login.serviceAccount}`;
    const synced = this.consumed.filter(c => c.target.kind !== 'file');
    const leased = this.consumed.find(c => c.field.secret.lease);
    const endless = this.consumed.find(c => c.field.secret.lease && endOf(c, this.context) === undefined);
    const whole = this.consumed.find(c => c.field.whole);
    const secrets = [...new Set(synced.map(c => secretKeyOf(c, envSecret).secretName))].sort();
    const open = this.consumed.find(c => c.target.kind === 'file' && ((c.target.mode ?? DEFAULT_MODE) & 0o004) !== 0);
    return [
      ...(cluster.stated
        ? []
        : [
            `the Secrets Store CSI driver and the Vault CSI provider ${DEFAULT_PROVIDER_VERSION} run in ${where}, whose features are not stated`,
          ]),
      ...(synced.length > 0 && cluster.syncs === undefined
        ? [`the driver in ${where} may write Kubernetes Secrets (syncSecret.enabled)`]
        : []),
      ...(synced.length > 0 && acknowledged
        ? [
            `${synced.length} of ${this.consumed.length} values of ${who} lie in etcd as text, in ${secrets.map(s => `the Secret ${s}`).join(', ')}: ${plaintextText(acknowledged)}`,
          ]
        : []),
      ...(leased && cluster.rotates === undefined
        ? [`the driver in ${where} reads files anew (enableSecretRotation) before ${fieldText(leased.field)} ends`]
        : []),
      ...(whole && cluster.rotates === undefined
        ? [
            `the driver in ${where} does not read files anew, or the application does not mind: ${fieldText(whole.field)} differs each time`,
          ]
        : []),
      ...(endless && cluster.rotates === true
        ? [`${fieldText(endless.field)} lasts longer than ${cluster.pollInterval ?? 0} seconds, which is not stated`]
        : []),
      ...(open
        ? [
            `whoever runs in the containers of ${who} may read ${targetText(open.target)}: files of the CSI driver belong to root, and it ignores fsGroup`,
          ]
        : []),
    ];
  }
}
