/** The part of the viewer's plugin system that this page uses. The viewer is Swagger UI. */
export interface System {
  readonly React: { createElement(type: unknown, props?: object | null, ...children: readonly unknown[]): object };
}

/** A function component that the viewer renders with its own copy of React. */
export type Component = (props: Readonly<Record<string, unknown>>) => object | null;

/** A plugin of the viewer. `components` replace components of the viewer, and `wrapComponents` wrap them. */
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
