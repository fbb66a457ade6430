import { AzurermBackend, GcsBackend, LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { AzurermBackendConfig, GcsBackendConfig, S3BackendConfig } from 'cdktf';
import { localStatePath } from '../core/print';

/** Arguments of Terraform's `s3` backend without those that would put a secret into the printed file. */
export interface S3State extends Omit<
  S3BackendConfig,
  'accessKey' | 'secretKey' | 'token' | 'sseCustomerKey' | 'assumeRoleWithWebIdentity'
> {
  /**
   * How the Terraform run assumes a role by its web identity, whose token it reads from a file.
   * @default - it does not
   */
  readonly assumeRoleWithWebIdentity?: Omit<
    NonNullable<S3BackendConfig['assumeRoleWithWebIdentity']>,
    'webIdentityToken'
  >;
}
/** Arguments of Terraform's `gcs` backend without those that would put a secret into the printed file. */
export type GcsState = Omit<GcsBackendConfig, 'credentials' | 'accessToken' | 'encryptionKey'>;
/** Arguments of Terraform's `azurerm` backend without those that would put a secret into the printed file. */
export type AzurermState = Omit<
  AzurermBackendConfig,
  'accessKey' | 'sasToken' | 'clientSecret' | 'clientCertificatePassword' | 'oidcToken' | 'oidcRequestToken'
>;

/**
 * Where Terraform keeps its state. Required, because the default of cdktf prints an absolute path of the machine that
 * ran it. Credentials of a backend come from the environment of the Terraform run, never from code.
 *
 * @example
 * ```ts
 * State.s3({ bucket: 'acme-terraform', key: 'vault/prod.tfstate', region: 'eu-central-1' });
 * ```
 */
export class State {
  /**
   * A file `terraform.<stack>.tfstate` beside `cdktf.out`; its path is relative to the stack's folder, so it is the same
   * on every machine. For one person or for trying things out.
   */
  static local(): State {
    return new State(stack => new LocalBackend(stack, { path: localStatePath(stack) }));
  }

  /** [Terraform's s3 backend](https://developer.hashicorp.com/terraform/language/backend/s3). */
  static s3(config: S3State): State {
    return new State(stack => new S3Backend(stack, config));
  }

  /** [Terraform's gcs backend](https://developer.hashicorp.com/terraform/language/backend/gcs). */
  static gcs(config: GcsState): State {
    return new State(stack => new GcsBackend(stack, config));
  }

  /** [Terraform's azurerm backend](https://developer.hashicorp.com/terraform/language/backend/azurerm). */
  static azurerm(config: AzurermState): State {
    return new State(stack => new AzurermBackend(stack, config));
  }

  private readonly make: (stack: TerraformStack) => void;

  private constructor(make: (stack: TerraformStack) => void) {
    this.make = make;
  }

  /** Makes the backend of a stack. @internal */
  bind(stack: TerraformStack): void {
    this.make(stack);
  }
}
