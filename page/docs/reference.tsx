import { type Content, type OpenApi, type Operation, refName, type Schema, typeText } from "./openapi.ts";

/** The service's OpenAPI document as a page to read. */
export function Reference({ document: { info, paths, components } }: { document: OpenApi }) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const schemas = Object.entries(components?.schemas ?? {});
  return (
    <>
      <header>
        <h1>
          {info.title} {info.version}
        </h1>
        <nav aria-label="Pages">
          <a href="./">The page</a> · <a href="openapi.json">openapi.json</a>
        </nav>
      </header>
      <main class="docs">
        <nav class="panel" aria-label="Routes">
          {operations.map(({ path, method, operation }) => (
            <div key={method + path}>
              <a href={`#${anchor(method, path)}`}>
                {method.toUpperCase()} {path}
              </a>{" "}
              {operation.summary}
            </div>
          ))}
        </nav>
        {operations.map((one) => (
          <Route key={one.method + one.path} {...one} />
        ))}
        {schemas.map(([name, schema]) => (
          <section key={name} class="panel" id={name} aria-labelledby={`${name}-title`}>
            <h2 id={`${name}-title`}>{name}</h2>
            {schema.description !== undefined && <p>{schema.description}</p>}
            <Properties schema={schema} />
          </section>
        ))}
      </main>
    </>
  );
}

const anchor = (method: string, path: string) => `${method}${path.replaceAll(/[^\w.]/g, "-")}`;

function Route({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const { parameters = [], requestBody, responses } = operation;
  const id = anchor(method, path);
  return (
    <section class="panel" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <span class="method">{method.toUpperCase()}</span> <code>{path}</code>
      </h2>
      <p>{operation.description ?? operation.summary}</p>
      <pre>{curl(method, path, operation)}</pre>
      {parameters.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Query</th>
                <th scope="col">Takes</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {parameters.map(({ name, required, description, schema }) => (
                <tr key={name}>
                  <td>
                    <code>{name}</code>
                    {required === true && " (needed)"}
                  </td>
                  <td>
                    {typeText(schema)}
                    {schema?.default !== undefined &&
                      schema.default !== "" &&
                      `; ${JSON.stringify(schema.default)} if left away`}
                  </td>
                  <td>{description ?? schema?.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {requestBody !== undefined && <p>Body: {Object.keys(requestBody.content).join(", ")}.</p>}
      <details>
        <summary>Answers</summary>
        <dl>
          {Object.entries(responses).map(([status, { description, content }]) => (
            <>
              <dt key={status}>{status}</dt>
              <dd>
                {description} <Schemas content={content ?? {}} />
              </dd>
            </>
          ))}
        </dl>
      </details>
    </section>
  );
}

function Schemas({ content }: { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema }]) => (
        <span key={type}>
          {type} <Type schema={schema} />{" "}
        </span>
      ))}
    </>
  );
}

function Type({ schema }: { schema: Schema | undefined }) {
  if (schema?.$ref === undefined) return <>{typeText(schema)}</>;
  const name = refName(schema.$ref);
  return <a href={`#${name}`}>{name}</a>;
}

function Properties({ schema }: { schema: Schema }) {
  const properties = Object.entries(schema.properties ?? {});
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    return (
      <p>
        One of{" "}
        {choices.map((choice, at) => (
          <span key={typeText(choice)}>
            {at > 0 && ", "}
            <Type schema={choice} />
          </span>
        ))}
        .
      </p>
    );
  }
  if (properties.length === 0) return <p>{typeText(schema)}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {properties.map(([name, property]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
                {schema.required?.includes(name) === true ? "" : " (may be left away)"}
              </td>
              <td>
                <Type schema={property} />
              </td>
              <td>{property.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A call that can be pasted into a terminal. */
function curl(method: string, path: string, { parameters = [], requestBody }: Operation): string {
  const needed = parameters
    .filter(({ required }) => required === true)
    .map(({ name, schema }) => `${name}=${String(schema?.example ?? schema?.enum?.[0] ?? "")}`);
  const url = `${location.origin}${path}${needed.length > 0 ? `?${needed.join("&")}` : ""}`;
  const body = requestBody === undefined ? "" : "-N -T call.wav ";
  return `curl ${body}-X ${method.toUpperCase()} '${url}'`;
}
