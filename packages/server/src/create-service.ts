import { randomBytes } from 'node:crypto';
import { type Catalogue, keepChangesFor, systemClock } from '@flairgate/core';
import {
  type AdministrationContext,
  createAcceptExchanged,
  type FindOwnership,
  type ListOwnership,
  readOrClaimCatalogue,
} from '@flairgate/core/administration';
import { checkHashSetting, createHasher, DEFAULT_HASH_SETTING } from '@flairgate/core/calibrate';
import { chooseCatalogue, createGuessQueue, createVerifyOnce, keyStoreOf } from '@flairgate/core/internal';
import { withUnavailable } from '@flairgate/core/store';
import { createTokenMint } from '@flairgate/core/tokens';
import {
  createFailureLimit,
  createGate,
  createProxyTrust,
  createRequestIds,
  type Gate,
  type PermissionName,
} from '@flairgate/express';
import express, { type RequestHandler, type Router } from 'express';
import { openConsole } from './console/open-console.js';
import { exchangeRoutes } from './exchange/exchange-routes.js';
import { rootPage } from './exchange/root-page.js';
import { basePathOf } from './jwks/base-path.js';
import { keySetRoutes } from './jwks/key-set-routes.js';
import { openSigningKeys } from './jwks/signing-keys.js';
import { ingestionKeyRoutes } from './management/keys/ingestion-keys.js';
import { organizationKeyRoutes } from './management/keys/organization-keys.js';
import { newOrganizationRoute } from './management/organizations/new-organization.js';
import { ownerPermissionsRoute } from './management/owner-permissions.js';
import { userKeyInfoRoutes } from './management/self/user-key-info.js';
import { whoRoute } from './management/self/who.js';
import { authenticateService } from './oauth/authenticate-service.js';
import { oauthErrorHandler } from './oauth/oauth-errors.js';
import { oauthRoutes } from './oauth/oauth-routes.js';
import { openFederation } from './oauth/open-federation.js';
import { openFleet } from './oauth/open-fleet.js';
import { type DescribedRoutes, withOpenApi } from './openapi/openapi-routes.js';
import { docsPage } from './pages/built-page.js';
import type { Needs, Route } from './route/define-route.js';
import { withKnownFields } from './route/known-fields.js';
import { mountRoutes } from './route/mount-routes.js';
import { createPropagationDeadline, withPropagationDeadline } from './route/propagation-deadline.js';
import { healthRoutes } from './serve/health-routes.js';
import { managementRoutes } from './serve/management-routes.js';
import { oneHost } from './serve/one-host.js';
import { createOwnershipSources, type OwnershipSources } from './serve/ownership-sources.js';
import { plainHeaders } from './serve/plain-headers.js';
import type { ServiceContext } from './service-context.js';
import { parseServiceOptions, type ServiceOptions, type ServiceSettings } from './service-options.js';

/** Maximum number of verified key hashes that the exchange caches. */
const MAX_VERIFIED = 10_000;

/**
 * Default of the gate's maximum staleness, in seconds. The maximum staleness is the longest time for which a revoked
 * credential may still be accepted.
 */
const DEFAULT_BOUND_SECONDS = 30;

/** A Flairgate service, ready to be mounted in an Express app. */
export interface Service<P extends string = string> {
  /** Router that serves all routes in `routes`. Requests to unknown paths are passed to the next middleware. */
  readonly router: Router;
  /** Gate that protects the routes. The host may use this gate to protect further routes of its own. */
  readonly gate: Gate<P>;
  /** Route table of the service. */
  readonly routes: readonly Route[];
  /** Context of the routes. The host needs it to run commands in the same process. */
  readonly context: ServiceContext;
  /**
   * Middleware that enforces the call limit. It shares its counters with the routes of the service. If no limit is set,
   * the middleware lets every request pass.
   */
  readonly limit: RequestHandler;
  /**
   * Creates a router for further routes. These routes use the same gate and call limit, and appear in the OpenAPI
   * description.
   */
  more(routes: readonly Route[]): Router;
  /**
   * Registers functions that read the ownership of resources from the host's own tables. The routes that explain a
   * key's access call them. `find` returns the ownership of one resource. `list` returns all resources of a type;
   * without `list`, the explanation for a whole type contains none of the host's resources.
   */
  registerOwnership(find: FindOwnership, list?: ListOwnership): void;
  /** Stops all timers and waits for running work. Does not close the store. */
  close(): Promise<void>;
}

/**
 * Creates the service. Its router serves the token exchange, the public key set (JWKS), and management with
 * LimaCharlie's paths and fields.
 *
 * Reads the store, and creates the first signing key if the store has none. If `catalogue` is a literal list, the
 * service's gate accepts only permissions from that list at compile time.
 *
 * @throws OptionError for an unknown option, an invalid value or a weak secret; UnavailableError if the store is down.
 * @example
 * const service = await createService({ store, issuer: 'https://auth.example', audience: 'rules' });
 * serviceApp(service).listen(8787, '127.0.0.1');
 */
export function createService<const N extends string = string>(
  given: ServiceOptions<N>,
): Promise<Service<PermissionName<N>>>;
export async function createService(given: ServiceOptions): Promise<Service> {
  const settings = parseServiceOptions(given);
  const store = withUnavailable(given.store);
  const catalogue = await readOrClaimCatalogue(store, given.catalogue, chooseCatalogue(store, undefined));
  const options = { ...given, store, catalogue };
  const gate = gateOf(options, settings);
  try {
    const sources = createOwnershipSources();
    const context = await openContext(options, settings, gate, sources);
    return assemble(context, options, sources, await openConsole(given.consoleFolder, settings.console, context));
  } catch (error) {
    await gate.close();
    throw error;
  }
}

/** Service options with a catalogue: the given one, or the one in the store. */
type OpenedOptions = ServiceOptions & Required<Pick<ServiceOptions, 'catalogue'>>;

function gateOf(options: OpenedOptions, { maxTokenSeconds, maxTokenBytes }: ServiceSettings): Gate {
  const { store, issuer, audience, issuers = [], tokenSecret: secret, catalogue, clock, keyHash, gate = {} } = options;
  return createGate({
    ...gate,
    store,
    tokens: { issuer, audience, issuers, maxTokenSeconds, maxTokenBytes, ...(secret === undefined ? {} : { secret }) },
    catalogue,
    ...(clock === undefined ? {} : { clock }),
    ...(keyHash === undefined ? {} : { keyHash }),
  });
}

async function openContext(
  options: OpenedOptions,
  settings: ServiceSettings,
  gate: Gate,
  sources: OwnershipSources,
): Promise<ServiceContext> {
  const { store, issuer, audience, catalogue, clock = systemClock, random = randomBytes } = options;
  const { keyHash = DEFAULT_HASH_SETTING, tokenSecret } = options;
  const { maxTokenSeconds, tokenAlgorithm: algorithm } = settings;
  const { keyFormat, unknownFlairs, uniqueOrganizationNames, readableIngestionKeys, limits } = settings;
  checkHashSetting(keyHash);
  await keepChangesFor(store, maxTokenSeconds);
  const { revision } = gate.authenticator;
  const keyStore = keyStoreOf(gate.authenticator);
  const signingKeys = await openSigningKeys({ store, clock, revision, tokenSecret, maxTokenSeconds, algorithm });
  // One limit on concurrent slow hashes for the whole process. Tests with their own `random` have a separate hasher.
  const hasher = options.random === undefined ? (keyStore?.hasher ?? createHasher()) : createHasher({ random });
  const now = clock.wall;
  const tokens = { issuer, audience, maxTokenSeconds, maxTokenBytes: settings.maxTokenBytes };
  const mint = createTokenMint({
    ...tokens,
    signer: () => signingKeys.signer(),
    catalogue,
    clock: now,
    random,
    compactAboveBytes: settings.compactAboveBytes,
  });
  const shared = { store, catalogue, now };
  const federationIssuers = openFederation(options, now);
  const administration: AdministrationContext = {
    ...shared,
    random,
    keyFormat,
    unknownFlairs,
    uniqueOrganizationNames,
    readableIngestionKeys,
    limits,
    federationIssuers,
    hashSecret: (text) => hasher.hash(text, keyHash),
    committed: () => revision.sync(),
  };
  const exchange = {
    ...shared,
    mint,
    verifyOnce: keyStore?.verifyOnce ?? createVerifyOnce(hasher.verify, MAX_VERIFIED),
    keyVerifier: keyStore?.keyVerifier,
    guesses: createGuessQueue(),
    acceptExchanged: createAcceptExchanged(administration),
  };
  const boundSeconds = options.gate?.maxStalenessSeconds ?? DEFAULT_BOUND_SECONDS;
  return {
    ...openFleet({ ...tokens, exchange, tokenSecret, revision, clock, boundSeconds }),
    everywhere: createPropagationDeadline({ now, boundSeconds }),
    administration,
    federation: { ...shared, mint, issuers: federationIssuers, maxTokenBytes: settings.maxTokenBytes },
    exchange,
    catalogue,
    gate,
    // Separate from the gate's limit, so that a client whose expired token was refused can still exchange its key.
    failures: createFailureLimit({ ...options.gate?.failureLimit, name: 'exchanges' }),
    signingKeys,
    issuer,
    resources: settings.resources,
    scopeSeparator: options.gate?.scopeSeparator ?? '.',
    findOwnership: sources.find,
    listOwnership: sources.list,
    allowGetExchange: settings.allowGetExchange,
    exchangeAtRoot: settings.exchangeAtRoot,
  };
}

function assemble(
  context: ServiceContext,
  { rateLimit, docsFolder, trustProxy, proxyHeader, metrics, requestIds }: ServiceOptions,
  sources: OwnershipSources,
  console: Router | undefined,
): Service {
  const { gate, failures, signingKeys, changes, everywhere } = context;
  // Counts by user, so that a user cannot raise the limit by creating keys.
  const limit = rateLimit === undefined ? undefined : gate.rateLimit({ by: 'user', ...rateLimit });
  const { routes, describe } = routeTable(context);
  const router = express.Router({ caseSensitive: true });
  if (requestIds !== 'never') router.use(createRequestIds({ generate: requestIds === 'always' }));
  router.use(plainHeaders, oneHost);
  if (trustProxy !== undefined) {
    router.use(createProxyTrust({ trustProxy, ...(proxyHeader === undefined ? {} : { proxyHeader }) }));
  }
  if (docsFolder !== undefined) router.use('/docs', docsPage(docsFolder));
  if (console !== undefined) router.use('/console', console);
  if (context.exchangeAtRoot) {
    const { allowGetExchange } = context;
    router.get('/', rootPage({ allowGetExchange, console: console !== undefined }));
  }
  const services = authenticateService(gate, failures);
  if (metrics !== undefined) router.get('/metrics', services.authenticate, (req, res) => metrics(req, res));
  const mountOptions = limit === undefined ? { gate, services } : { gate, services, limit };
  mountRoutes(router, routes, mountOptions);
  router.use(oauthErrorHandler(gate));
  router.use(gate.errorHandler());
  return Object.freeze({
    router,
    gate,
    routes,
    context,
    limit: limit ?? pass,
    more(added: readonly Route[]) {
      describe(added);
      const beside = express.Router({ caseSensitive: true });
      mountRoutes(beside, added, mountOptions);
      return beside;
    },
    registerOwnership: sources.register,
    async close() {
      changes.stop();
      everywhere.stop();
      signingKeys.stop();
      failures.stop();
      await gate.close();
    },
  });
}

const pass: RequestHandler = (_req, _res, next) => next();

function routeTable(context: ServiceContext): DescribedRoutes {
  const all = [
    ...healthRoutes(context),
    ...exchangeRoutes(context),
    ...keySetRoutes(context),
    whoRoute(),
    ownerPermissionsRoute(context),
    ...userKeyInfoRoutes(context),
    newOrganizationRoute(context),
    ...organizationKeyRoutes(context),
    ...ingestionKeyRoutes(context),
    ...managementRoutes(context),
    ...oauthRoutes(context),
  ];
  const open = all.filter(({ needs }) => isGrantable(needs, context.catalogue));
  return withOpenApi(withKnownFields(withPropagationDeadline(open, context.everywhere)), basePathOf(context.issuer));
}

/**
 * True if the catalogue contains all permissions that a route needs. The service omits every route for which the result
 * is false, because no caller could use that route.
 */
function isGrantable(needs: Needs, catalogue: Catalogue): boolean {
  return needs.kind !== 'permissions' || needs.names.every((name) => catalogue.has(name));
}
