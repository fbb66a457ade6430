/** The annotation by which a reader of manifests finds the Terraform stack of what logs in, or of whom it reviews for. */
export const STACK_ANNOTATION = 'vault-cdk/stack';

/** The annotation by which a reader of manifests finds who accepted that values lie in Kubernetes Secrets. */
export const PLAINTEXT_ANNOTATION = 'vault-cdk/plaintext-in-etcd';
