import { type Edit, type Flaw, saidOf } from '../support/bundle';

test('nothing is said of a bundle that is right', () => {
  expect(saidOf()).toEqual([]);
});

describe('VC650: a volume of the Secrets Store CSI driver is not read-only', () => {
  test.each<Flaw>([
    [
      'a volume with readOnly: false',
      [
        [
          '            readOnly: true\n            volumeAttributes:\n              secretProviderClass: tls',
          '            readOnly: false\n            volumeAttributes:\n              secretProviderClass: tls',
        ],
      ],
      [
        'error VC650: Deployment shop/api has the volume "tls" without readOnly: true',
        '  at:      prod/shop.yaml:117',
        '  live:    Readonly is not true in request',
        '  fix:     set csi.readOnly: true on the volume; on the mount of the container it does not count',
      ],
    ],
    [
      'a volume that does not say readOnly',
      [
        [
          '            readOnly: true\n            volumeAttributes:\n              secretProviderClass: tls',
          '            volumeAttributes:\n              secretProviderClass: tls',
        ],
      ],
      [
        'error VC650: Deployment shop/api has the volume "tls" without readOnly: true',
        '  at:      prod/shop.yaml:117',
        '  live:    Readonly is not true in request',
        '  fix:     set csi.readOnly: true on the volume; on the mount of the container it does not count',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC651: a volume of the Secrets Store CSI driver names no SecretProviderClass', () => {
  test.each<Flaw>([
    [
      'a volume without attributes',
      [
        [
          '            readOnly: true\n            volumeAttributes:\n              secretProviderClass: tls',
          '            readOnly: true',
        ],
      ],
      [
        'error VC651: Deployment shop/api has the volume "tls" without volumeAttributes.secretProviderClass',
        '  at:      prod/shop.yaml:117',
        '  live:    secretProviderClass is not set',
        '  fix:     set volumeAttributes.secretProviderClass to one of the same namespace',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC652: a volume overrides parameters of its SecretProviderClass', () => {
  test.each<Flaw>([
    [
      'a volume with a role of its own',
      [
        [
          '              secretProviderClass: tls',
          '              secretProviderClass: tls\n              roleName: admin',
        ],
      ],
      [
        'warning VC652: Deployment shop/api has the volume "tls", which sets roleName itself',
        '  at:      prod/shop.yaml:117',
        '  live:    silently ignored: the attribute of the volume wins over the parameter',
        '  fix:     write them into a SecretProviderClass of its own',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test('is silent about what is no parameter', () => {
    expect(
      saidOf([
        '              secretProviderClass: tls',
        '              secretProviderClass: tls\n              team: shop',
      ]),
    ).toEqual([]);
  });
});

describe('VC653: a volume of the Secrets Store CSI driver is mounted by no container', () => {
  test.each<Flaw>([
    [
      'a volume without a mount',
      [['            - name: tls\n              mountPath: /mnt/tls\n              readOnly: true\n', '']],
      [
        'warning VC653: Deployment shop/api has the volume "tls", and no container mounts it',
        '  at:      prod/shop.yaml:114',
        '  live:    silently ignored: the pod starts without its secrets, or waits with CreateContainerConfigError: secret "..." not found',
        '  fix:     mount it in each container that needs it, also where only variables are read',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC654: pods mount one SecretProviderClass by two volumes', () => {
  test.each<Flaw>([
    [
      'a second volume',
      [
        [
          '        - name: cache\n          emptyDir: {}',
          '        - name: cache\n          csi: { driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: { secretProviderClass: tls } }',
        ],
      ],
      [
        'error VC654: Deployment shop/api mounts SecretProviderClass "tls" by the volumes "tls" and "cache"',
        '  at:      prod/shop.yaml:123',
        '  live:    secret provider class pod status volume name did not match pod Volume for pod name',
        '  fix:     mount one volume in both places, or make a second SecretProviderClass',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC655: a container mounts a part of a CSI volume by subPath', () => {
  test.each<Flaw>([
    [
      'a mount of one file',
      [
        [
          '              mountPath: /mnt/tls\n',
          '              mountPath: /etc/api/tls.crt\n              subPath: tls.crt\n',
        ],
      ],
      [
        'error VC655: Deployment shop/api mounts "tls.crt" of the volume "tls" by subPath at "/etc/api/tls.crt" in container "main"',
        '  at:      prod/shop.yaml:105',
        '  live:    silently ignored: the file keeps its first content when the secret changes',
        '  fix:     mount the whole volume in a folder of its own, and let the application read the file there',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});

describe('VC656: a container mounts something at or below the folder of a CSI volume', () => {
  test.each<Flaw>([
    [
      'two mounts in one folder',
      [['              mountPath: /var/cache/api', '              mountPath: /mnt/tls']],
      [
        'error VC656: Deployment shop/api mounts "cache" at "/mnt/tls" in container "main", and the CSI volume "tls" at "/mnt/tls"',
        '  at:      prod/shop.yaml:108',
        '  live:    mountPath: Invalid value: "/mnt/tls": must be unique',
        '  fix:     mount each volume in a folder of its own, e.g. /mnt/secrets/db and /mnt/secrets/tls',
      ],
    ],
    [
      'a mount inside of another',
      [['              mountPath: /var/cache/api', '              mountPath: /mnt/tls/cache']],
      [
        'error VC656: Deployment shop/api mounts "cache" at "/mnt/tls/cache" in container "main", and the CSI volume "tls" at "/mnt/tls"',
        '  at:      prod/shop.yaml:108',
        '  live:    mkdir /mnt/tls/cache: read-only file system',
        '  fix:     mount each volume in a folder of its own, e.g. /mnt/secrets/db and /mnt/secrets/tls',
      ],
    ],
    [
      'two CSI volumes in one folder',
      [['              mountPath: /mnt/tls\n', '              mountPath: /mnt/db/\n']],
      [
        'error VC656: Deployment shop/api mounts "tls" at "/mnt/db/" in container "main", and the CSI volume "db" at "/mnt/db"',
        '  at:      prod/shop.yaml:105',
        '  live:    mountPath: Invalid value: "/mnt/db/": must be unique',
        '  fix:     mount each volume in a folder of its own, e.g. /mnt/secrets/db and /mnt/secrets/tls',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each(['/mnt/tls-cache', '/mnt', '/'])('is silent about a mount at %s', path => {
    expect(saidOf(['              mountPath: /var/cache/api', `              mountPath: ${path}`])).toEqual([]);
  });
});

describe('VC657: a container runs as a user who cannot read a file that is delivered', () => {
  test.each<Flaw>([
    [
      '0400',
      [['filePermission: 0444', 'filePermission: 0400']],
      [
        'error VC657: Deployment shop/api runs container "main" as user 1000 and container "migrate" as user 1000, and the file "keys/api" of SecretProviderClass "db" has the permission 0400',
        '  at:      prod/shop.yaml:25',
        '  live:    permission denied, in the application',
        '  fix:     set filePermission: 0444 on the object; the volume is in the containers that mount it, and nowhere else',
      ],
    ],
    [
      '0440 and another group',
      [
        ['filePermission: 0444', 'filePermission: 0440'],
        ['        runAsUser: 1000\n', '        runAsGroup: 1000\n'],
      ],
      [
        'error VC657: Deployment shop/api runs container "main" not as root and container "migrate" not as root, and the file "keys/api" of SecretProviderClass "db" has the permission 0440',
        '  at:      prod/shop.yaml:25',
        '  live:    permission denied, in the application',
        '  fix:     set filePermission: 0444 on the object; the volume is in the containers that mount it, and nowhere else',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });

  test.each<[string, Edit]>([
    ['a user who is root', ['runAsNonRoot: true\n        runAsUser: 1000', 'runAsUser: 0']],
    [
      'a user of whom nothing is said',
      ['        runAsNonRoot: true\n        runAsUser: 1000\n', '        fsGroup: 1000\n'],
    ],
  ])('is silent about 0400 and %s', (_, user) => {
    expect(saidOf(user, ['filePermission: 0444', 'filePermission: 0400'])).toEqual([]);
  });

  test.each<[string, Edit]>([
    ['whose group is not stated, and is root where the image has no other', ['runAsUser: 1000', 'runAsUser: 1000']],
    ['in the group of root', ['runAsUser: 1000', 'runAsGroup: 0']],
    ['with the group of root beside its own', ['runAsUser: 1000', 'runAsGroup: 1000\n        supplementalGroups: [0]']],
  ])('is silent about 0440 and a user %s', (_, group) => {
    expect(saidOf(group, ['filePermission: 0444', 'filePermission: 0440'])).toEqual([]);
  });

  test('is silent where the container goes before the pod', () => {
    expect(
      saidOf(
        ['filePermission: 0444', 'filePermission: 0400'],
        [
          '          image: ghcr.io/example/api:1.0\n',
          '          image: ghcr.io/example/api:1.0\n          securityContext: { runAsUser: 0, runAsNonRoot: false }\n',
        ],
        ['          volumeMounts:\n            - { name: db, mountPath: /mnt/db, readOnly: true }\n', ''],
      ),
    ).toEqual([]);
  });
});

describe('VC658: pods with secrets from the Secrets Store CSI driver run on Windows', () => {
  test.each<Flaw>([
    [
      'pods on Windows',
      [['kubernetes.io/os: linux', 'kubernetes.io/os: windows']],
      [
        'warning VC658: Deployment shop/api mounts "db", "tls" on a Windows node',
        '  at:      prod/shop.yaml:67',
        '  fix:     encrypt the disks of these nodes, or run the pods on Linux',
      ],
    ],
  ])('is said of %s, and nothing else is said', (_, edits, said) => {
    expect(saidOf(...edits)).toEqual(said);
  });
});
