import { z } from 'zod';
import { uuid } from '../route/schema.js';

/** Schema for the path parameters of routes about one organization. */
export const organizationParams = z.object({ oid: uuid() });

/** Schema for the path parameters of routes about one group. */
export const groupParams = z.object({ gid: uuid() });

/** Schema for the path parameters of routes about one API user. */
export const apiUserParams = z.object({ oid: uuid(), uid: uuid() });

/** Schema of a list of strings in a response. */
export const textList = z.array(z.string()).readonly();

/** Requirement of the routes for users, API users and policies: the permission `user.ctrl`. */
export const needsUserControl = { kind: 'permissions', names: ['user.ctrl'] } as const;

/** Requirement of the routes for groups: the credential of a user. */
export const needsGroupManager = { kind: 'user', what: 'manage groups' } as const;
