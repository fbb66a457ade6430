import type { Rule, Violation } from './rule';

/** A rule about what only the program knows of a way of delivery; the delivery says where. */
function remarked(rule: Omit<Rule, 'check'>): Rule {
  return {
    ...rule,
    check: ({ intents = [] }) =>
      intents.flatMap((intent): readonly Violation[] =>
        (intent.remarks ?? [])
          .filter(remark => remark.rule === rule.id)
          .map(({ message }) => ({ message, origin: { file: '(app)', construct: intent.at } })),
      ),
  };
}

/** Files are read anew, but late. */
export const rotatesLate = remarked({
  id: 'VC521',
  title: 'a credential ends soon after it is read anew',
  why: 'one round that fails, and the application holds a credential that is gone',
  fix: 'shorten `rotation.pollInterval` to less than half of the lease, or lengthen the lease and `tokenTtl`',
  severity: 'warning',
});

/** The Agent beside the provider is not used. */
export const pastTheAgent = remarked({
  id: 'VC522',
  title: 'a workload reads past the Agent of the CSI provider',
  why: 'the Agent caches and renews; past it every mount is a login, and no lease is renewed',
  fix: 'let the Agent talk to that Vault, or use another delivery for it',
  severity: 'warning',
});

/** A lease ends with the token that made it. */
export const endsWithLogin = remarked({
  id: 'VC523',
  title: 'a leased credential ends with a login that nothing renews',
  why: 'the CSI provider does not renew its token; Vault revokes the leases with it, and the next reading comes later',
  fix: 'run the Agent of the provider and state `agent`; or lengthen `tokenTtl` of the workload, so that it happens seldom',
  severity: 'warning',
});

/** Root could have its files alone. */
export const readableByAll = remarked({
  id: 'VC524',
  title: 'everyone in the containers may read a file that root alone needs',
  why: 'files of the CSI driver belong to root, so a mode that leaves out the others is no loss for root',
  fix: 'pass `mode: 0o400` to toFile()',
  severity: 'warning',
});

/** Someone answers for it; whoever looks at the app should see it all the same. */
export const inEtcd = remarked({
  id: 'VC526',
  title: 'values of a secret lie in etcd as text',
  why: 'a Kubernetes Secret is a copy that Vault neither guards nor logs; someone has acknowledged it, until a day',
  fix: 'nothing today; read files instead of variables, and the acknowledgement can go. `vault-cdk security` lists all of them',
  severity: 'note',
});

/** A tmpfs may be swapped. */
export const swapped = remarked({
  id: 'VC525',
  title: 'files of secrets lie in memory that nodes swap to disk',
  why: 'a tmpfs is meant to leave nothing on disk; swapped out, it does',
  fix: 'turn swap off on the nodes, encrypt it, or mount the tmpfs with `noswap`',
  severity: 'warning',
});
