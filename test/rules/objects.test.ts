import { Chart } from 'cdk8s';
import { KubernetesCluster } from 'vault-cdk';
import { checked } from '../support/folder';
import { said, textOf } from '../support/said';
import { configMap, world, worldWithApi } from '../support/world';

const REST = ['  live:    silently ignored: the last one applied wins', '  fix:     give one of them another name'];
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: shop }\n';

describe('VC501: one Kubernetes object is printed twice', () => {
  test('is silent where each object has a name of its own', () => {
    const { app, shop } = worldWithApi();
    configMap(shop, 'settings', {});
    configMap(shop, 'more-settings', {});

    expect(said('VC501', app)).toEqual([]);
  });

  test('is silent about one name in two namespaces, and in two clusters', () => {
    const { app, prod, shop } = world();
    configMap(shop, 'settings', {});
    const other = new Chart(app, 'other', { namespace: 'other' });
    prod.includes(other);
    configMap(other, 'settings', {});
    configMap(new Chart(new KubernetesCluster(app, 'stage'), 'shop', { namespace: 'shop' }), 'settings', {});

    expect(said('VC501', app)).toEqual([]);
  });

  test('names both constructs', () => {
    const { app, prod, shop } = world();
    configMap(shop, 'settings', {});
    configMap(new Chart(prod, 'more', { namespace: 'shop' }), 'settings', {});

    expect(said('VC501', app)).toEqual([
      'error VC501: ConfigMap shop/settings is printed by prod/more/settings and by shop/settings',
      '  at:      prod/shop.k8s.yaml (shop/settings)',
      ...REST,
    ]);
  });

  test('sees one kind in two versions of its API as one', () => {
    const deployment = (version: string) =>
      `apiVersion: apps/${version}\nkind: Deployment\nmetadata: { name: api, namespace: shop }\n`;
    const files = { 'prod/a.yaml': deployment('v1beta2'), 'prod/b.yaml': deployment('v1') };

    expect(textOf('VC501', checked(files))).toEqual([
      'error VC501: Deployment shop/api is printed by prod/a.yaml and by prod/b.yaml',
      '  at:      prod/b.yaml:1',
      ...REST,
    ]);
  });

  test('does not see two kinds of one name as one', () => {
    const kind = (group: string) =>
      `apiVersion: ${group}/v1\nkind: Ingress\nmetadata: { name: api, namespace: shop }\n`;
    const files = { 'prod/a.yaml': kind('networking.k8s.io'), 'prod/b.yaml': kind('config.openshift.io') };

    expect(textOf('VC501', checked(files))).toEqual([]);
  });

  test('names the file and the line, where files are read', () => {
    expect(textOf('VC501', checked({ 'prod/all.yaml': `${CONFIG_MAP}---\n${CONFIG_MAP}` }))).toEqual([
      'error VC501: ConfigMap shop/settings is printed by prod/all.yaml and by prod/all.yaml',
      '  at:      prod/all.yaml:5',
      ...REST,
    ]);
  });

  test('is silent about objects that the API server names', () => {
    const job = 'apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: migrate-, namespace: shop }\n';

    expect(textOf('VC501', checked({ 'prod/jobs.yaml': `${job}---\n${job}` }))).toEqual([]);
  });

  test('is silent about YAML that is no Kubernetes object', () => {
    const files = { 'chart/values.yaml': 'replicas: 1\n', 'chart/values-prod.yaml': 'replicas: 3\n' };

    expect(textOf('VC501', checked(files))).toEqual([]);
  });
});
