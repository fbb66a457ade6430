import { holdsLiteral } from '../../src/rules/literal';

describe('a text of Terraform', () => {
  test.each([
    '${var.password}',
    '${ random_password.db.result }',
    '${var.user}${var.password}',
    '${data.vault_kv_secret_v2.db.data["password"]}',
    '${sensitive(module.db["main"].password)}',
    '${jsonencode({"username" = var.username, "password" = var.password})}',
    '${jsonencode({"password": var.password})}',
    '${jsonencode({\n  "username" = var.username\n  "password" = var.password\n})}',
    '${file("account.json")}',
    '${filebase64("${path.module}/account.json")}',
  ])('that only refers to something holds no literal: %s', text => {
    expect(holdsLiteral(text)).toBe(false);
  });

  test.each([
    'secret',
    '',
    '$${var.password}',
    'prefix-${var.password}',
    '${var.user}:${var.password}',
    '${var.user}%{ if true }secret%{ endif }',
    '%{ if true }secret%{ endif }',
    '{"username":"${var.username}","password":"secret"}',
    '${"secret"}',
    '${base64encode("secret")}',
    '${"prefix-${var.password}"}',
    '${var.set ? "secret" : var.password}',
    '${coalesce(var.password, "secret")}',
    '${join("", ["secret"])}',
    '${jsonencode({"password" = "secret"})}',
    '${jsonencode({"username" = var.username, "password" = "secret"})}',
    '${<<EOT\n${var.user}\nsecret\nEOT\n}',
  ])('holds one, though it may refer to something too: %j', text => {
    expect(holdsLiteral(text)).toBe(true);
  });
});
