import { DeniedError, type Principal, UnavailableError } from '@flairgate/core';
import type { Gate } from '@flairgate/express';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  createParamDecorator,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  SetMetadata,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Request, RequestHandler, Response } from 'express';

const CHECK = 'flairgate:check';

/** Creates the middleware of the gate that decides about a route. */
type Check = (gate: Gate) => RequestHandler;

/** Requires permissions in the organization that the parameter `oid` of the path names, or else in the only one. */
export const RequirePermissions = (...names: readonly string[]) => {
  const organization = ({ params }: Request) => params.oid;
  return SetMetadata(CHECK, (gate: Gate) => gate.requirePermissions(...names, { organization }));
};

/** Lets every request through. */
export const Public = () => SetMetadata(CHECK, (gate: Gate) => gate.public());

/** The caller, as a parameter of a handler. */
export const Caller = createParamDecorator(
  (gate: Gate, context: ExecutionContext): Principal => gate.authOf(context.switchToHttp().getRequest()),
);

/** Runs the check of a route before its handler. A route without one does not start. */
class GateGuard implements CanActivate {
  readonly #checks = new Map<unknown, RequestHandler>();

  constructor(gate: Gate, controllers: DiscoveryService, scanner: MetadataScanner) {
    for (const { metatype } of controllers.getControllers()) {
      const prototype = metatype?.prototype;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        if (!Reflect.hasMetadata('path', handler)) continue;
        const check: Check | undefined =
          Reflect.getMetadata(CHECK, handler) ?? Reflect.getMetadata(CHECK, metatype as object);
        if (check === undefined) throw new Error(`${metatype?.name}.${name} has no authorization check`);
        this.#checks.set(handler, check(gate));
      }
    }
  }

  canActivate(context: ExecutionContext): Promise<boolean> {
    const check = this.#checks.get(context.getHandler());
    const [req, res] = [context.switchToHttp().getRequest<Request>(), context.switchToHttp().getResponse<Response>()];
    return new Promise((resolve, reject) => {
      if (check === undefined) return resolve(false);
      // A check that refuses answers by itself, and does not continue.
      res.once('close', () => resolve(false));
      void check(req, res, (error?: unknown) => (error === undefined ? resolve(true) : reject(error)));
    });
  }
}

/** Answers what handlers and checks throw: refusals, and faults of the store. */
@Catch(DeniedError, UnavailableError)
class DenialFilter implements ExceptionFilter {
  readonly #answer: ReturnType<Gate['errorHandler']>;

  constructor(gate: Gate) {
    this.#answer = gate.errorHandler();
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    void this.#answer(error, http.getRequest(), http.getResponse(), (unanswered?: unknown) => {
      throw unanswered;
    });
  }
}

/** Module that checks every route of the application. */
export function authorization(gate: Gate): DynamicModule {
  return {
    module: class Authorization {},
    imports: [DiscoveryModule],
    providers: [
      {
        provide: APP_GUARD,
        useFactory: (controllers: DiscoveryService, scanner: MetadataScanner) =>
          new GateGuard(gate, controllers, scanner),
        inject: [DiscoveryService, MetadataScanner],
      },
      { provide: APP_FILTER, useFactory: () => new DenialFilter(gate) },
    ],
  };
}
