declare module 'swagger-ui-dist/swagger-ui.css';

declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  const SwaggerUIBundle: (options: import('./viewer-types.ts').ViewerOptions) => object;
  export = SwaggerUIBundle;
}
