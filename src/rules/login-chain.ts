import { isKnown } from '../access/documents';
import { CSI_DRIVER } from '../access/read-pods';
import { identityText } from '../access/chain';
import type { Rule, Violation } from './rule';

/** A delivery logs in with a role that nobody makes. */
export const roleMissing: Rule = {
  id: 'VC101',
  title: 'a SecretProviderClass names a role that does not exist',
  why: 'the pod never starts: its login is refused',
  fix: 'name a role of that auth mount, or declare the workload so that the role is made',
  severity: 'error',
  live: '400 invalid role name "..."',
  check: ({ chain }) =>
    chain.model.deliveries.flatMap(d => {
      const link = chain.roleOf(d);
      // That none is named is said elsewhere.
      return 'missing' in link && d.role !== ''
        ? [
            {
              message: `SecretProviderClass ${d.namespace}/${d.name} logs in as role "${d.role}", but ${link.missing}`,
              origin: d.origin,
            },
          ]
        : [];
    }),
};

/** Pods log in as someone whom the role does not admit. */
export const identityNotAdmitted: Rule = {
  id: 'VC102',
  title: 'pods log in with a role that does not admit their service account',
  why: 'the pod never starts: its login is refused',
  fix: 'let the pods run as an account that the role binds, in a namespace that it binds',
  severity: 'error',
  live: '403 service account name not authorized, or 403 namespace not authorized',
  check: ({ chain }) =>
    chain.model.pods.flatMap(pods =>
      pods.mounts.flatMap(({ delivery: name }) => {
        const delivery = chain.deliveryOf(pods, name);
        const link = delivery && chain.roleOf(delivery);
        if (!link || !('found' in link) || chain.admits(link.found, pods) !== false) return [];
        const { serviceAccounts, namespaces } = link.found;
        const bound = `service accounts ${list(serviceAccounts)} in namespaces ${list(namespaces)}`;
        const message = `${pods.kind} ${pods.namespace}/${pods.name} runs as ${identityText(pods)}, but role "${delivery.role}" admits ${bound} (${link.found.origin.file})`;
        return [{ message, origin: pods.origin }];
      }),
    ),
};

/** The token that a delivery presents is not for the audience that the role asks for. */
export const audienceMismatch: Rule = {
  id: 'VC103',
  title: 'a SecretProviderClass presents a token for another audience than its role asks for',
  why: 'the pod never starts: its login is refused',
  fix: 'state one audience on the auth mount; the role and every consumer then print it',
  severity: 'error',
  live: 'invalid audience (aud) claim: audience claim does not match any expected audience',
  check: ({ chain }) =>
    chain.model.deliveries.flatMap(d => {
      const link = chain.roleOf(d);
      if (!('found' in link) || link.found.audience === undefined || !isKnown(link.found.audience)) return [];
      // Without `audience` the provider uses a token for "vault" if the driver hands it one, so only the driver knows.
      const driver = chain.model.csiDrivers.find(c => c.cluster === d.cluster && c.name === CSI_DRIVER);
      const handed = driver === undefined || driver.audiences.includes('vault');
      if (d.audience === link.found.audience || (d.audience === undefined && link.found.audience === 'vault' && handed))
        return [];
      const given = d.audience === undefined ? 'states no audience' : `asks for a token for "${d.audience}"`;
      const message = `SecretProviderClass ${d.namespace}/${d.name} ${given}, but role "${d.role}" takes only "${link.found.audience}" (${link.found.origin.file})`;
      return [{ message, origin: d.origin }];
    }),
};

/** A role lies on an auth mount that is not among what was read. */
export const mountNotPrinted: Rule = {
  id: 'VC121',
  title: 'a role lies on an auth mount that is not printed',
  why: 'whether the mount is there, which cluster it trusts and who reviews its tokens is then taken for granted',
  fix: 'try one login, or print the mount with its settings too',
  severity: 'note',
  check: ({ chain }) => {
    const said = new Set<string>();
    return chain.model.roles.flatMap(({ stack, mount, origin }): readonly Violation[] => {
      const path = isKnown(mount) ? chain.meantMount(mount) : undefined;
      if (!isKnown(mount) || chain.model.authMounts.some(m => m.stack === stack && m.path === path)) return [];
      if (said.has(`${stack}\0${mount}`)) return [];
      said.add(`${stack}\0${mount}`);
      const message = `auth/${mount} is not printed: its cluster, its reviewer and its settings are taken for granted`;
      return [{ message, origin }];
    });
  },
};

/** Pods mount a SecretProviderClass that is not in their namespace. */
export const deliveryMissing: Rule = {
  id: 'VC104',
  title: 'pods mount a SecretProviderClass that is not in their namespace',
  why: 'the pod stays in ContainerCreating',
  fix: 'print the SecretProviderClass in the namespace of the pods',
  severity: 'error',
  live: 'failed to get secretproviderclass ..., error: secretproviderclasses.secrets-store.csi.x-k8s.io "..." not found',
  check: ({ chain }) =>
    chain.model.pods.flatMap(pods =>
      pods.mounts
        .filter(m => !chain.hasProviderClass(pods, m.delivery))
        .map(m => {
          const elsewhere = chain.model.providerClasses.find(d => d.cluster === pods.cluster && d.name === m.delivery);
          const hint = elsewhere ? `; one of that name is in "${elsewhere.namespace}"` : '';
          const message = `${pods.kind} ${pods.namespace}/${pods.name} mounts the SecretProviderClass "${m.delivery}", which is not in namespace "${pods.namespace}"${hint}`;
          return { message, origin: pods.origin };
        }),
    ),
};

function list(values: readonly string[] | { readonly unknown: string }): string {
  return isKnown(values) ? values.map(v => `"${v}"`).join(', ') : values.unknown;
}
