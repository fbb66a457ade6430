import { isDeepStrictEqual } from 'node:util';
import { engineOf } from '../access/chain';
import { isKnown } from '../access/documents';
import { objectName } from './csi-objects';
import { objectsOf, className } from './csi';
import type { Rule, Violation } from './rule';

/** What the metadata of a KV secret has. */
const METADATA = [
  'cas_required',
  'created_time',
  'current_metadata_version',
  'current_version',
  'custom_metadata',
  'delete_version_after',
  'last_updated_by',
  'max_versions',
  'oldest_version',
  'updated_time',
  'versions',
];

/** A value that is looked for where only its description is. */
export const keyOfMetadata: Rule = {
  id: 'VC641',
  title: 'a SecretProviderClass takes a value from the metadata of a secret',
  why: 'the metadata hold no values; one refused object fails the whole volume',
  fix: 'read data/ instead of metadata/',
  severity: 'error',
  live: '{...}: {key "..." does not exist at the secret path}',
  check: judged =>
    objectsOf(judged).flatMap(([delivery, object]): readonly Violation[] => {
      const engine = engineOf(object.path, judged.chain.enginesFor(delivery));
      const inside = engine === undefined ? '' : object.path.slice(engine.path.length + 1);
      if (engine?.version !== 2 || !inside.startsWith('metadata/')) return [];
      if (object.key === '' || METADATA.includes(object.key)) return [];
      const message = `${objectName(delivery, object)} takes ${JSON.stringify(object.key)} from ${JSON.stringify(object.path)}`;
      const live = `{${object.writtenPath}}: {key ${JSON.stringify(object.key)} does not exist at the secret path}`;
      return [{ message, origin: object.origin, live }];
    }),
};

/** A certificate that is asked for by a read. */
export const issuedByRead: Rule = {
  id: 'VC642',
  title: 'a certificate is asked for with GET',
  why: 'issuing is a write; one refused object fails the whole volume',
  fix: 'set method: PUT, and the name of the certificate in secretArgs',
  severity: 'error',
  live: '403 permission denied',
  check: judged =>
    objectsOf(judged).flatMap(([delivery, object]): readonly Violation[] => {
      const engine = engineOf(object.path, judged.chain.enginesFor(delivery));
      const writes =
        engine?.type === 'pki' && /^(?:issue|sign|sign-verbatim)\//.test(object.path.slice(engine.path.length + 1));
      if (!writes || object.method !== 'GET') return [];
      return [
        {
          message: `${objectName(delivery, object)} reads ${JSON.stringify(object.path)} with GET`,
          origin: object.origin,
        },
      ];
    }),
};

/** Two requests that become one. */
export const responseShared: Rule = {
  id: 'VC643',
  title: 'two objects differ only in their arguments, and share one response',
  why: 'the provider asks once for each path and method, so the second file holds the answer to the first request',
  fix: 'tell the paths apart by a query, as in pki/issue/web?x=1, or use two SecretProviderClasses',
  severity: 'error',
  live: 'silently ignored: both files hold the answer to the first request',
  check: ({ chain }) =>
    chain.model.deliveries.flatMap(d => {
      const objects = isKnown(d.objects) ? d.objects : [];
      return objects.flatMap((o, i): readonly Violation[] => {
        const first = objects.slice(0, i).find(f => f.writtenPath === o.writtenPath && f.method === o.method);
        if (
          !first ||
          o.method === 'GET' ||
          first.faults.length + o.faults.length > 0 ||
          isDeepStrictEqual(first.args, o.args)
        )
          return [];
        const message = `${className(d)}: ${JSON.stringify(o.name)} and ${JSON.stringify(first.name)} ${o.method} ${JSON.stringify(o.path)} with different secretArgs`;
        return [{ message, origin: o.origin }];
      });
    }),
};
