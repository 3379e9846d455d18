/** A model's id as a folder's name. */
export const safeName = (id: string) => id.replaceAll(/[^\w.-]+/g, "_").replace(/^\.+/, "") || "model";
