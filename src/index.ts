// The public surface, name by name. What is not listed here may change in any release.
export { VaultApp, type Judgement, type VaultAppProps } from './app/vault-app';
export type { PrintOut } from './app/print';
export { accessMatrix, matrixMarkdown, type AccessRow } from './access/matrix';
export { accessGraph, type AccessGraph, type GraphEdge, type GraphKind, type GraphNode } from './access/graph';
export { graphMermaid } from './access/mermaid';
export { runnerPolicies, runnerPolicyText, type RunnerPolicy } from './access/runner-policy';
export { checklist, checklistText, type ChecklistItem } from './access/checklist';
export { Duration } from './core/duration';
export { acknowledge, type Acknowledgement, type AcknowledgeOptions } from './errors/acknowledge';
export { VaultCdkError } from './errors/error';
export { findingText, type Finding, type Origin, type Severity } from './errors/finding';
export type { Problem, ProblemCode } from './errors/problem';
export { Ca } from './kubernetes/ca';
export { ApiServer, type FromVariable } from './kubernetes/api-server';
export { KubernetesCluster, type KubernetesClusterProps } from './kubernetes/cluster';
export type {
  ClientCertificate,
  ClusterFeatures,
  SecretRotation,
  SecretsStoreCsi,
  VaultCsiProvider,
} from './kubernetes/features';
export {
  KubernetesAuth,
  type DefaultDelivery,
  type ExistingKubernetesAuthProps,
  type IKubernetesAuth,
  type KubernetesAuthProps,
  type VaultAsSeenByPods,
} from './kubernetes/kubernetes-auth';
export { Reviewer } from './kubernetes/reviewer';
export type { AliasNameSource, Bindings, RoleOptions } from './kubernetes/role';
export type { ServiceAccountProps } from './kubernetes/service-account';
export { SharedRole, type ISharedRole, type SharedRoleProps } from './kubernetes/shared-role';
export type { StoredReviewerProps } from './kubernetes/review-stored';
export {
  securityMarkdown,
  securityReport,
  type OpenFile,
  type SecretInEtcd,
  type SecurityReport,
} from './operate/security-report';
export {
  type Capability,
  type Policy,
  type PolicyDocument,
  type PolicyRule,
  type UnreadablePolicy,
} from './policy/document';
export { Acl, decide, type Decision, type Operation } from './policy/evaluator';
export { parsePolicy } from './policy/hcl-parse';
export { printPolicy } from './policy/hcl-print';
export type { IVaultGrantee } from './vault/grants';
export { DatabaseEngine, type IDatabaseEngine } from './vault/database';
export type { ConnectionProps, DatabaseHost, IDatabaseConnection } from './vault/database-connection';
export type {
  DatabaseGrants,
  DatabaseKey,
  DatabaseRole,
  DatabaseRoleProps,
  ExistingDatabaseRoleProps,
  OwnedDatabaseRole,
} from './vault/database-role';
export type { MountProps } from './vault/engine';
export { KvEngine, type IKvEngine, type KvEngineProps } from './vault/kv';
export type { KvGrants, KvV1Grants } from './vault/kv-grants';
export type { KvSecret, KvSecretFields, KvSecretProps } from './vault/kv-secret';
export { KvV1Engine, type IKvV1Engine } from './vault/kv-v1';
export { PostgresConnection, type PostgresConnectionProps } from './vault/postgres';
export { SecretField, wholeResponse, type SecretRef, type VaultRequest } from './vault/secret-ref';
export { VaultPolicy, type IVaultPolicy, type VaultPolicyProps } from './vault/vault-policy';
export { VaultServer, type VaultServerProps } from './vault/server';
export type { TokenOptions, TokenType } from './vault/token';
export { State, type AzurermState, type GcsState, type S3State } from './vault/state';
export type {
  ClusterFeature,
  Consumption,
  ContainerPatch,
  DeliveryBinding,
  DeliveryTraits,
  ISecretDelivery,
  PodPatch,
  PrintedPods,
  Remark,
  VaultLogin,
} from './workload/delivery';
export {
  toEnv,
  toFile,
  toKubernetesSecret,
  type Encoding,
  type EnvOptions,
  type EnvTarget,
  type FileOptions,
  type FileTarget,
  type KubernetesSecretOptions,
  type KubernetesSecretTarget,
  type SecretType,
  type Target,
} from './workload/target';
export type { ServiceAccountConstruct } from './workload/account';
export { OnChange, type OnChangeWay, type Signal, type SignalOptions } from './workload/on-change';
export type { Helper } from './workload/helper';
export type { ConsumeOptions, WorkloadOfOptions, WorkloadOptions, WorkloadProps } from './workload/options';
export type { HelmKeys, PodsElsewhere } from './workload/pods-elsewhere';
export type { Requirements } from './workload/requirements';
export { Workload } from './workload/workload';
export { CsiDelivery, type CsiDeliveryProps, type CsiTls, type PlaintextInEtcd } from './delivery/csi/delivery';
