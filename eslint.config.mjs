import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

const instanceOf = {
  selector: "BinaryExpression[operator='instanceof'][right.name!=/^Unreadable$/]",
  message: 'fails when two copies of a package are installed; use the isX of the class',
};

export default tseslint.config(
  { ignores: ['lib/', 'dist/', 'cdktf.out/', 'test-results/', '**/*.js', '**/*.mjs', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', instanceOf],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@cdktf/provider-vault',
              message: 'its index loads every resource; import from @cdktf/provider-vault/lib/<resource>',
            },
          ],
          patterns: [
            {
              group: ['cdktf/*', 'cdk8s/*', 'constructs/*'],
              message: 'no deep imports: the engines must stay replaceable',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          checkConstructors: false,
          checkGetters: true,
          require: { FunctionDeclaration: true, ClassDeclaration: true, MethodDefinition: true },
          contexts: [
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
        },
      ],
      'jsdoc/no-restricted-syntax': [
        'error',
        {
          contexts: [
            {
              context: 'TSPropertySignature[optional=true]',
              comment: 'JsdocBlock:not(*:has(JsdocTag[tag=default]))',
              message: 'an optional property says its @default',
            },
          ],
        },
      ],
      'jsdoc/check-tag-names': ['error', { definedTags: ['internal'] }],
      'jsdoc/no-missing-syntax': 'off',
    },
  },
  {
    files: ['test/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/explicit-function-return-type': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
