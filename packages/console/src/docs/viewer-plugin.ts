import type { Component, Plugin, System } from './viewer-types.ts';

type Props = Readonly<Record<string, unknown>>;

/** Ids of the viewer's inputs for a credential. */
const CREDENTIAL_INPUTS: ReadonlySet<unknown> = new Set(['api_key_value', 'auth-bearer-value']);

/**
 * Adapts the viewer: hides what the page shows itself, masks credentials, and gives screen readers the landmarks and
 * names that the viewer does not have.
 */
export function viewerPlugin({ React }: System): Plugin {
  return {
    components: {
      InfoContainer: headingOf(React),
      ServersContainer: hidden,
      // The command line would contain the credential.
      curl: hidden,
    },
    wrapComponents: {
      FilterContainer: inside(() => ['search', { 'aria-label': 'Operations' }]),
      Input: withProps(({ id }) => (CREDENTIAL_INPUTS.has(id) ? { type: 'password', autoComplete: 'off' } : {})),
      TextArea: withProps((props) => ({ 'aria-label': props['aria-label'] ?? 'Request body' })),
      // Its name is its text.
      Button: withProps(() => ({ 'aria-label': undefined })),
      authorizationPopup: inside(() => ['div', { role: 'dialog', 'aria-label': 'Credentials', ref: nameClose }]),
      // A function of its own for each call, so that it runs again when the credential is accepted.
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

/** Renders a component with other properties. */
function withProps(added: (props: Props) => object) {
  return (original: unknown, { React }: System): Component =>
    (props) =>
      React.createElement(original, { ...props, ...added(props) });
}

/** Renders a component inside of an element. */
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

/** Sets the level of headings for screen readers, which would otherwise skip one. */
function setLevel(element: Element | null, selector: string, level: number): void {
  for (const heading of element?.querySelectorAll(selector) ?? []) heading.setAttribute('aria-level', String(level));
}
