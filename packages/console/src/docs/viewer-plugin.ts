import type { Component, Plugin, System } from './viewer-types.ts';

type Props = Readonly<Record<string, unknown>>;

/** Ids of the input fields in which the user types a credential in the viewer (Swagger UI, which shows the API). */
const CREDENTIAL_INPUTS: ReadonlySet<unknown> = new Set(['api_key_value', 'auth-bearer-value']);

/**
 * Creates the plugin that adapts the viewer (Swagger UI) to this page. The plugin hides parts that this page shows
 * itself, and masks credentials as passwords. It also adds landmarks and names for screen readers, which the viewer
 * lacks.
 */
export function viewerPlugin({ React }: System): Plugin {
  return {
    components: {
      InfoContainer: headingOf(React),
      ServersContainer: hidden,
      // The viewer shows each request as a `curl` command, which would contain the credential.
      curl: hidden,
    },
    wrapComponents: {
      FilterContainer: inside(() => ['search', { 'aria-label': 'Operations' }]),
      Input: withProps(({ id }) => (CREDENTIAL_INPUTS.has(id) ? { type: 'password', autoComplete: 'off' } : {})),
      TextArea: withProps((props) => ({ 'aria-label': props['aria-label'] ?? 'Request body' })),
      // Without a label, the name of a button is its text.
      Button: withProps(() => ({ 'aria-label': undefined })),
      authorizationPopup: inside(() => ['div', { role: 'dialog', 'aria-label': 'Credentials', ref: nameClose }]),
      // Creates a new function for each render, so that React calls it again after the credential is accepted.
      AuthItem: inside(() => ['div', { ref: (element: Element | null) => setLevel(element, 'h6', 5) }]),
      responses: inside(({ method, path }) => [
        'div',
        { ref: (element: Element | null) => setName(element, '[role=region]', `Responses of ${method} ${path}`) },
      ]),
    },
  };
}

function headingOf(React: System['React']): Component {
  return () =>
    React.createElement('section', { 'aria-label': 'Operations' }, React.createElement('h2', null, 'Operations'));
}

const hidden: Component = () => null;

/** Wraps a component so that it is rendered with added properties. */
function withProps(added: (props: Props) => object) {
  return (original: unknown, { React }: System): Component =>
    (props) =>
      React.createElement(original, { ...props, ...added(props) });
}

/** Wraps a component so that it is rendered inside an HTML element. */
function inside(around: (props: Props) => readonly [tag: string, props: object]) {
  return (original: unknown, { React }: System): Component =>
    (props) =>
      React.createElement(...around(props), React.createElement(original, props));
}

function nameClose(element: Element | null): void {
  setName(element, '.close-modal', 'Close');
}

function setName(element: Element | null, selector: string, name: string): void {
  element?.querySelector(selector)?.setAttribute('aria-label', name);
}

/** Sets the heading level that screen readers announce. With the viewer's own level, the page would skip one level. */
function setLevel(element: Element | null, selector: string, level: number): void {
  for (const heading of element?.querySelectorAll(selector) ?? []) heading.setAttribute('aria-level', String(level));
}
