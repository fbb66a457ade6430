import { startKubernetes } from './kubernetes';
import { startVault } from './vault';
import { messageOf } from '../../../src/errors/error';

/** Starts a Vault and a Kubernetes and says where, until standard input ends: `node --import tsx test/e2e/harness/start-all.ts`. */
async function main(): Promise<void> {
  const [vault, kubernetes] = await Promise.all([startVault(), startKubernetes()]);
  process.stdout.write(`${JSON.stringify({ vault: vault.address, kubernetes: kubernetes.url })}\n`);
  await new Promise(resolve => process.stdin.once('end', resolve).resume());
  await Promise.all([vault.stop(), kubernetes.stop()]);
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
