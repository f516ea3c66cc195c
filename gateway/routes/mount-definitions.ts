import type { Hono } from 'hono'
import type { AppEnv } from './app-env.ts'
import { answerApply, answerDefinitions, answerPlan, answerRollback } from './apply-route.ts'
import {
  answerCreate,
  answerHistory,
  answerRemove,
  answerRetired,
  answerVersion,
  answerWorkspaces,
} from './workspace-routes.ts'

const path = '/api/v1/workspaces/:workspace'

/** Adds the routes by which a workspace is created, planned, applied, rolled back, looked at and deleted. */
export function mountDefinitions(app: Hono<AppEnv>): void {
  app.get('/api/v1/workspaces', ({ var: { services, holder } }) =>
    answerWorkspaces(services.peers, holder),
  )
  app.put(path, ({ req, var: { services, holder } }) =>
    answerCreate(services, req.raw, req.param('workspace'), holder),
  )
  app.delete(path, ({ req, var: { services, holder } }) =>
    answerRemove(services, req.param('workspace'), holder),
  )
  app.get(`${path}/definitions`, ({ req, var: { services, holder } }) =>
    answerDefinitions(services.peers, req.param('workspace'), holder),
  )
  app.post(`${path}/plan`, ({ req, var: { services, holder } }) =>
    answerPlan(services, req.raw, req.param('workspace'), holder),
  )
  app.post(`${path}/apply`, ({ req, var: { services, holder } }) =>
    answerApply(services, req.raw, req.param('workspace'), holder),
  )
  app.post(`${path}/rollback`, ({ req, var: { services, holder } }) =>
    answerRollback(services, req.raw, req.param('workspace'), holder),
  )
  app.get(`${path}/history`, ({ req, var: { services, holder } }) => {
    const parameters = new URL(req.url).searchParams
    return answerHistory(services.peers, req.param('workspace'), holder, parameters)
  })
  app.get(`${path}/retired`, ({ req, var: { services, holder } }) =>
    answerRetired(services.peers, req.param('workspace'), holder),
  )
  app.get(`${path}/history/:version`, ({ req, var: { services, holder } }) =>
    answerVersion(services.peers, req.param('workspace'), holder, req.param('version')),
  )
}
