/** Where a CA lies in a cluster. */
interface CaObject {
  /** Name of the object. */
  readonly name: string;
  /** Key of the certificate in it. */
  readonly key: string;
}

/**
 * Where pods find the CA that signed Vault's certificate. Each delivery prints its own form of it.
 *
 * @example
 * ```ts
 * Ca.configMap('vault-ca'); // key ca.crt
 * ```
 */
export class Ca {
  /** A public CA that every image trusts. */
  static system(): Ca {
    return new Ca({ kind: 'system' });
  }

  /** The certificate itself, as PEM text. A certificate is public; a private key is refused wherever it is printed. */
  static pem(pem: string): Ca {
    return new Ca({ kind: 'pem', pem });
  }

  /**
   * A ConfigMap in the namespace of whatever reads it.
   * @param options.key - key of the certificate, `ca.crt` by default
   */
  static configMap(name: string, options: { readonly key?: string } = {}): Ca {
    return new Ca({ kind: 'configMap', name, key: options.key ?? 'ca.crt' });
  }

  /**
   * A Secret in the namespace of whatever reads it.
   * @param options.key - key of the certificate, `ca.crt` by default
   */
  static secret(name: string, options: { readonly key?: string } = {}): Ca {
    return new Ca({ kind: 'secret', name, key: options.key ?? 'ca.crt' });
  }

  /** Which of the four it is. */
  readonly source:
    | { readonly kind: 'system' }
    | { readonly kind: 'pem'; readonly pem: string }
    | ({ readonly kind: 'configMap' } & CaObject)
    | ({ readonly kind: 'secret' } & CaObject);

  private constructor(source: Ca['source']) {
    this.source = source;
  }
}
