// The public surface, name by name. What is not listed here may change in any release.
export { VaultApp, type Judgement, type VaultAppProps } from './app/vault-app';
export type { PrintOut } from './app/print';
export { accessMatrix, matrixMarkdown, type AccessRow } from './access/matrix';
export { checklist, checklistText, type ChecklistItem } from './access/checklist';
export { Duration } from './core/duration';
export { acknowledge, type Acknowledgement, type AcknowledgeOptions } from './errors/acknowledge';
export { VaultCdkError } from './errors/error';
export { findingText, type Finding, type Origin, type Severity } from './errors/finding';
export type { Problem, ProblemCode } from './errors/problem';
export { Ca } from './kubernetes/ca';
export { KubernetesCluster, type ApiServer, type KubernetesClusterProps } from './kubernetes/cluster';
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
  type KubernetesAuthProps,
  type VaultAsSeenByPods,
} from './kubernetes/kubernetes-auth';
export { Reviewer } from './kubernetes/reviewer';
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
export {
  KvEngine,
  type IKvEngine,
  type KvEngineProps,
  type KvGrants,
  type KvSecret,
  type KvSecretProps,
} from './vault/kv';
export { SecretField, wholeResponse, type SecretRef, type VaultRequest } from './vault/secret-ref';
export { VaultServer, type VaultServerProps } from './vault/server';
export { State, type AzurermState, type GcsState, type S3State } from './vault/state';
export type {
  ClusterFeature,
  Consumption,
  ContainerPatch,
  DeliveryBinding,
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
export { OnChange, type OnChangeWay, type Signal, type SignalOptions } from './workload/on-change';
export type { Helper } from './workload/helper';
export type { ConsumeOptions, WorkloadOfOptions, WorkloadOptions, WorkloadProps } from './workload/options';
export { Workload } from './workload/workload';
export { CsiDelivery, type CsiDeliveryProps, type CsiTls } from './delivery/csi/delivery';
