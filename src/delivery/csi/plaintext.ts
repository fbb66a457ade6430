import { type Acknowledgement, checkedAcknowledgement } from '../../errors/acknowledge';
import { VaultCdkError } from '../../errors/error';

/** That values may lie in Kubernetes Secrets, and what those who accept it know about the cluster. */
export interface PlaintextInEtcd extends Acknowledgement {
  /** Whether the API server encrypts Secrets before it writes them to etcd. That protects backups, not against readers. */
  readonly encryptedAtRest: boolean;
  /**
   * Who may read Secrets of the namespaces by RBAC, beside the pods: `User <name>`, `Group <name>` or
   * `ServiceAccount <namespace>/<name>`; at least one, as somebody administers the cluster.
   */
  readonly readers: readonly string[];
}

const SUBJECT = /^((User|Group) \S.*|ServiceAccount [^\s/]+\/[^\s/]+)$/;

/** The acknowledgement as it holds; refuses one that is over, or that leaves open who reads. */
export function checkedPlaintext(given: PlaintextInEtcd): PlaintextInEtcd {
  const acknowledged = checkedAcknowledgement(given);
  const { encryptedAtRest, readers } = given;
  if (typeof encryptedAtRest !== 'boolean') {
    throw new VaultCdkError({
      code: 'csi/encrypted-at-rest',
      problem: 'an acknowledgement of values in etcd says whether Secrets are encrypted there',
      given: encryptedAtRest,
      allowed: 'true or false',
      fix: 'ask who runs the API server for its --encryption-provider-config',
    });
  }
  // Programs in JavaScript may have left it out.
  const named = Array.isArray(readers) ? (readers as readonly string[]) : [];
  if (named.length === 0 || !named.every(r => SUBJECT.test(r))) {
    throw new VaultCdkError({
      code: 'csi/readers',
      problem: 'an acknowledgement of values in etcd says who may read Secrets there',
      given: readers,
      allowed: 'at least one of "User <name>", "Group <name>", "ServiceAccount <namespace>/<name>"',
      fix: 'name them; kubectl auth can-i get secrets --namespace <namespace> --as <user> tells of each',
    });
  }
  return { ...acknowledged, encryptedAtRest, readers: [...named] };
}

/** In one line, for people. */
export function plaintextText({ reason, owner, until, encryptedAtRest, readers }: PlaintextInEtcd): string {
  const rest = encryptedAtRest ? 'encrypted at rest' : 'not encrypted at rest';
  return `${reason} (${owner}, until ${until}; ${rest}; read by ${readers.join(', ')})`;
}
