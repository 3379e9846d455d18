import { OrcaError } from "../errors.ts";
import { option, present, text } from "../options/index.ts";
import { credentialsFrom, RemoteClient, type RemoteSettings } from "../remote/index.ts";

/** The options of commands that read or write what lies elsewhere. */
export const REMOTE = {
  endpoint: option({
    name: "endpoint",
    ...text("an address"),
    otherwise: "Amazon's",
    help: "The service that s3:// is at, where it is not Amazon's.",
    argument: "<url>",
  }),
  region: option({
    name: "region",
    ...text("a name like `us-west-2`"),
    otherwise: "AWS_REGION, or what the bucket says",
    help: "Where the bucket is.",
    argument: "<name>",
  }),
  anonymous: option({
    name: "anonymous",
    ...present,
    help: "Ask without credentials, though there are some: for public buckets.",
  }),
};

/** What is asked of services, by options and by the variables that Amazon's own programs read. */
export function remoteSettings(
  given: { endpoint: string | undefined; region: string | undefined; anonymous: boolean },
  env: NodeJS.ProcessEnv = process.env,
): RemoteSettings {
  const endpoint = given.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const region = given.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  return {
    ...(endpoint ? { endpoint: checkedEndpoint(endpoint) } : {}),
    ...(region ? { region } : {}),
    anonymous: given.anonymous,
  };
}

/** One for each setting in a process: it remembers where buckets are. */
const clients = new Map<string, RemoteClient>();

/** Credentials come from the environment, and never from options, which other users of a machine can see. */
export function remoteClient(settings: RemoteSettings): RemoteClient {
  const key = JSON.stringify(settings);
  const client = clients.get(key) ?? new RemoteClient(settings, credentialsFrom(process.env));
  clients.set(key, client);
  return client;
}

function checkedEndpoint(endpoint: string): string {
  if (/^https?:\/\/[^/@?#]+\/?$/i.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new OrcaError("bad_option", "--endpoint is no address like https://s3.example.org.", { field: "endpoint" });
}
