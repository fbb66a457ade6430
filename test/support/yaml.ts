/** A pod as a team writes it by hand. */
export const POD = `apiVersion: v1
kind: Pod
metadata: { name: api, namespace: shop }
spec:
  serviceAccountName: api
  containers: [{ name: main, image: ghcr.io/example/api:1.0, volumeMounts: [{ name: s, mountPath: /mnt/secrets }] }]
  volumes:
    - { name: s, csi: { driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: { secretProviderClass: db } } }
`;

/** The SecretProviderClass that the pod mounts. */
export const SPC = `apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: db, namespace: shop }
spec:
  provider: vault
  parameters:
    vaultAuthMountPath: kubernetes
    roleName: shop-api
    audience: vault
    objects: |
      - objectName: password
        secretPath: secret/data/shop/db
        secretKey: password
`;

/** The arguments of the role that the SecretProviderClass names. */
export const ROLE = {
  backend: 'kubernetes',
  role_name: 'shop-api',
  bound_service_account_names: ['api'],
  bound_service_account_namespaces: ['shop'],
  audience: 'vault',
  token_max_ttl: 86400,
  token_policies: ['shop-api'],
  token_no_default_policy: true,
  token_ttl: 3600,
};

/** Terraform JSON with an auth mount and its settings, a policy and, where it has arguments, a role. */
export function terraform(role: Readonly<Record<string, unknown>>, policy = READ): string {
  const roles = Object.keys(role).length === 0 ? {} : { vault_kubernetes_auth_backend_role: { api: role } };
  const resource = {
    vault_auth_backend: { kubernetes: { type: 'kubernetes', path: 'kubernetes' } },
    vault_policy: { api: { name: 'shop-api', policy } },
    ...roles,
    // Last, so that what stands before it keeps its line.
    vault_kubernetes_auth_backend_config: {
      kubernetes: {
        backend: 'kubernetes',
        kubernetes_host: 'https://kubernetes.default.svc:443',
        disable_iss_validation: true,
      },
    },
  };
  return `${JSON.stringify({ resource }, null, 2)}\n`;
}

/** The policy that the SecretProviderClass needs. */
export const READ = 'path "secret/data/shop/db" {\n  capabilities = ["read"]\n}\n';
