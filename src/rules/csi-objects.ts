import { isKnown } from '../access/documents';
import type { ObjectFact } from '../access/manifest-facts';
import type { DeliveryFact } from '../access/model';
import { className, objectsOf } from './csi';
import type { Judged, Rule, Violation } from './rule';

/** A SecretProviderClass that delivers nothing. */
export const objectsMissing: Rule = {
  id: 'VC620',
  title: 'a SecretProviderClass has no objects',
  why: 'the pod stays in ContainerCreating',
  fix: 'list what is to be delivered, as YAML in the parameter "objects"',
  severity: 'error',
  live: 'no secrets configured - the provider will not read any secret material',
  check: ({ chain }) =>
    chain.model.deliveries
      .filter(d => d.parameters.length > 0)
      .filter(d => (isKnown(d.objects) ? d.objects.length === 0 : d.parameters.every(p => p.name !== 'objects')))
      .map(d => ({ message: `${className(d)} lists no objects`, origin: d.objectsOrigin })),
};

/** A list that the provider cannot read. */
export const objectsUnreadable: Rule = {
  id: 'VC621',
  title: 'the objects of a SecretProviderClass cannot be read',
  why: 'the pod stays in ContainerCreating',
  fix: 'write a YAML list of entries with objectName, secretPath and secretKey',
  severity: 'error',
  live: 'yaml: unmarshal errors: cannot unmarshal ... into []config.Secret',
  check: judged => [
    ...judged.chain.model.deliveries.flatMap(d =>
      isKnown(d.objects) || d.parameters.every(p => p.name !== 'objects' || !isKnown(p.value))
        ? []
        : [{ message: `${className(d)}: ${d.objects.unknown}`, origin: d.objectsOrigin }],
    ),
    ...each(judged, o =>
      o.faults.length === 0 ? undefined : `is not an object that can be read: ${o.faults.join(', ')}`,
    ),
  ],
};

/** One file, written twice. */
export const objectTwice: Rule = {
  id: 'VC622',
  title: 'two objects of a SecretProviderClass have one name',
  why: 'the pod stays in ContainerCreating',
  fix: 'give each object a name of its own: it is the name of its file',
  severity: 'error',
  live: 'each `objectName` within a SecretProviderClass must be unique, but the following keys were duplicated: name',
  check: judged =>
    each(judged, (o, others) =>
      others.find(other => other.name === o.name) === o ? undefined : 'has the name of another object',
    ),
};

/** A file that would lie outside of the volume. */
export const objectNameRefused: Rule = {
  id: 'VC623',
  title: 'the name of an object is no path within the volume',
  why: 'the driver refuses to write the file, and the pod stays in ContainerCreating',
  fix: 'name the file relative to the volume, e.g. db/password',
  severity: 'error',
  live: 'invalid filepath: "..."',
  check: judged =>
    each(judged, o => {
      if (o.faults.length > 0) return undefined;
      return o.name === ''
        ? { words: 'has no objectName', live: 'invalid path: must not be empty: ""' }
        : isPathWithin(o.name)
          ? undefined
          : { words: 'lies outside of the volume, or is not written in its shortest form' };
    }),
};

/** A key that nobody reads. */
export const objectKeyUnknown: Rule = {
  id: 'VC624',
  title: 'an object of a SecretProviderClass has a key that the Vault provider does not read',
  why: 'it has no effect, and what it was meant to do does not happen',
  fix: 'correct the key: objectName, secretPath, secretKey, method, secretArgs, filePermission, encoding; a version is part of the path, as ?version=1',
  severity: 'error',
  live: 'silently ignored: unknown keys of objects have no effect',
  check: judged =>
    each(judged, o =>
      o.unknownKeys.length === 0 ? undefined : `has ${o.unknownKeys.map(k => JSON.stringify(k)).join(' and ')}`,
    ),
};

/** A request to nowhere. */
export const objectPathMissing: Rule = {
  id: 'VC625',
  title: 'an object of a SecretProviderClass has no secretPath',
  why: 'one refused object fails the whole volume: the pod stays in ContainerCreating',
  fix: 'name the path of the secret, e.g. secret/data/shop/db',
  severity: 'error',
  live: '404, from GET /v1',
  check: judged => each(judged, o => (o.faults.length === 0 && o.path === '' ? 'has no secretPath' : undefined)),
};

/** Permission bits as a text. */
export const permissionText: Rule = {
  id: 'VC626',
  title: 'a filePermission is no number',
  why: 'the provider reads none of the objects, and the pod stays in ContainerCreating',
  fix: 'write it without quotes and in octal: 0400',
  severity: 'error',
  live: 'cannot unmarshal !!str `...` into fs.FileMode',
  check: judged =>
    each(judged, o =>
      o.permission && o.permission.mode === undefined
        ? {
            words: `has the filePermission ${JSON.stringify(o.permission.text)}`,
            live: `cannot unmarshal !!str \`${o.permission.text}\` into fs.FileMode`,
          }
        : undefined,
    ),
};

/** Permission bits that were meant in octal, and are read in tens. */
export const permissionDecimal: Rule = {
  id: 'VC627',
  title: 'a filePermission looks like octal and is decimal',
  why: 'the file gets other permissions than are written',
  fix: 'write a zero before it: 0400',
  severity: 'error',
  live: 'silently ignored: 400 read as decimal is the mode 0620',
  check: judged =>
    each(judged, o => {
      const { text, mode, decimal } = o.permission ?? {};
      if (text === undefined || mode === undefined || !decimal || !/^[4-7][0-7]{2}$/.test(text)) return undefined;
      // 420 is the decimal of 0644, and 448 that of 0700: whoever writes those knows what it is.
      if (MODES.includes(mode)) return undefined;
      return `has the filePermission ${text}, which is the mode 0${mode.toString(8)}`;
    }),
};

const MODES: readonly number[] = [
  0o400, 0o440, 0o444, 0o500, 0o550, 0o555, 0o600, 0o640, 0o644, 0o660, 0o664, 0o700, 0o750, 0o755, 0o770, 0o775, 0o777,
];

/** An encoding that there is not. */
export const encodingUnknown: Rule = {
  id: 'VC628',
  title: 'an object has an encoding that the Vault provider does not know',
  why: 'one refused object fails the whole volume: the pod stays in ContainerCreating',
  fix: 'write utf-8, base64 or hex',
  severity: 'error',
  live: '{...}: {invalid encoding type. Should be utf-8, base64, or hex}',
  check: judged =>
    each(judged, o =>
      o.key !== '' && !/^(?:|utf-8|base64|hex)$/i.test(o.encoding)
        ? {
            words: `has the encoding ${JSON.stringify(o.encoding)}`,
            live: `{${o.writtenPath}}: {invalid encoding type. Should be utf-8, base64, or hex}`,
          }
        : undefined,
    ),
};

/** An encoding of nothing. */
export const encodingIgnored: Rule = {
  id: 'VC629',
  title: 'an object has an encoding and no secretKey',
  why: 'without a key the whole response is written as it is, and nothing is decoded',
  fix: 'name the key that is encoded, or drop the encoding',
  severity: 'warning',
  live: 'silently ignored: the file holds the response as JSON',
  check: judged =>
    each(judged, o => (o.key === '' && o.encoding !== '' ? 'has an encoding and no secretKey' : undefined)),
};

/** A method that HTTP does not know. */
export const methodLowerCase: Rule = {
  id: 'VC630',
  title: 'the method of an object is not in upper case',
  why: 'the word is sent to Vault as it is: one refused object fails the whole volume',
  fix: 'write GET, PUT or POST',
  severity: 'error',
  live: '405',
  check: judged =>
    each(judged, o => (/^[A-Z]+$/.test(o.method) ? undefined : `has the method ${JSON.stringify(o.method)}`)),
};

/** Arguments that are not sent, or that nobody looks at. */
export const argumentsIgnored: Rule = {
  id: 'VC631',
  title: 'an object has secretArgs and is read with GET',
  why: 'Vault does not look at the body of a GET',
  fix: 'set method: PUT where the engine writes; on a read, put them into the path: secret/data/shop/db?version=1',
  severity: 'warning',
  live: 'silently ignored: version: 1 and version: 99 both give the latest version',
  check: judged =>
    each(judged, o => (o.method === 'GET' && o.args !== undefined ? 'has secretArgs and the method GET' : undefined)),
};

/** The whole response as a file. */
export const wholeResponse: Rule = {
  id: 'VC632',
  title: 'an object delivers the whole response of Vault',
  why: 'it holds an id of the request, so with rotation it changes on every refresh, though the secret does not',
  fix: 'name the field with secretKey; whether the driver rotates is not known here',
  severity: 'note',
  check: judged =>
    each(judged, o => (o.key === '' && o.encoding === '' && o.faults.length === 0 ? 'names no secretKey' : undefined)),
};

interface Words {
  readonly words: string;
  readonly live?: string;
}

/** What is to be said of each object, at its own place. */
function each(
  judged: Judged,
  say: (object: ObjectFact, all: readonly ObjectFact[]) => string | Words | undefined,
): readonly Violation[] {
  return objectsOf(judged).flatMap(([delivery, object]) => {
    const said = say(object, isKnown(delivery.objects) ? delivery.objects : []);
    if (said === undefined) return [];
    const { words, live } = typeof said === 'string' ? { words: said, live: undefined } : said;
    return [
      {
        message: `${objectName(delivery, object)} ${words}`,
        origin: object.origin,
        ...(live === undefined ? {} : { live }),
      },
    ];
  });
}

/** An object as people find it. */
export function objectName(delivery: DeliveryFact, { name, path }: ObjectFact): string {
  return `${className(delivery)}, object ${JSON.stringify(name === '' ? path : name)}`;
}

/** As the driver looks at it: relative, without `..`, and nothing in it that another way of writing would leave out. */
function isPathWithin(name: string): boolean {
  const parts = name.split('/');
  return (
    !name.startsWith('/') &&
    !parts.some((part, i) => part === '' || part === '.' || part === '..' || (i === 0 && part.startsWith('..'))) &&
    parts.every(part => Buffer.byteLength(part) <= 255) &&
    Buffer.byteLength(name) <= 4096
  );
}
