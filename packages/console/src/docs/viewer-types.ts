/** Part of a plugin's system that this page uses. */
export interface System {
  readonly React: { createElement(type: unknown, props?: object | null, ...children: readonly unknown[]): object };
}

/** A function component of the viewer's own React. */
export type Component = (props: Readonly<Record<string, unknown>>) => object | null;

/** Components that a plugin replaces, or wraps. */
export interface Plugin {
  readonly components?: Readonly<Record<string, Component>>;
  readonly wrapComponents?: Readonly<Record<string, (original: unknown, system: System) => Component>>;
}

/** Options of the viewer. */
export interface ViewerOptions {
  readonly spec: object;
  readonly dom_id: string;
  readonly deepLinking: boolean;
  readonly docExpansion: 'list' | 'full' | 'none';
  readonly defaultModelsExpandDepth: number;
  readonly filter: boolean;
  readonly persistAuthorization: boolean;
  readonly queryConfigEnabled: boolean;
  readonly validatorUrl: null;
  readonly requestInterceptor: (request: object) => object;
  readonly plugins: readonly ((system: System) => Plugin)[];
}
