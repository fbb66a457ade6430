import { checklist, checklistText, KvV1Engine, toFile } from 'vault-cdk';
import { worldWithApi } from '../support/world';

test('the checklist names secrets of both versions of KV, also where a path of version 1 looks like one of version 2', () => {
  const { app, vault, api } = worldWithApi();
  const old = new KvV1Engine(vault, 'old');
  api.consume(old.secret('data/shop', { keys: ['token'] }).fields.token, toFile('/mnt/secrets/token'));
  const items = checklist(app.judge().chain.model);

  expect(items).toEqual([
    { stack: 'vault', mount: 'old', path: 'data/shop', keys: ['token'], readers: ['shop/api-vault'] },
    { stack: 'vault', mount: 'secret', path: 'shop/db', keys: ['password'], readers: ['shop/api-vault'] },
  ]);
  expect(checklistText(items).split('\n')).toEqual([
    '[ ] old/data/shop: token   (read by shop/api-vault)',
    '    vault kv put -mount=old data/shop -     # then type {"token": "..."} and Ctrl-D',
    '[ ] secret/shop/db: password   (read by shop/api-vault)',
    '    vault kv put -mount=secret shop/db -     # then type {"password": "..."} and Ctrl-D',
    '',
    '`kv put` writes the whole secret; with KV version 2, `vault kv patch` adds to one that is there already.',
    '',
  ]);
});
