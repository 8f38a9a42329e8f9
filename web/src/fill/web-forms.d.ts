// What we use of `@getodk/web-forms`, which is published without its types, and of the build.

declare module "@getodk/web-forms" {
  import type { DefineComponent, Plugin } from "vue";

  export interface Payload {
    status: "ready" | "pending";
    data: [FormData];
  }

  export interface EditInstance {
    resolveInstance?: () => Promise<string>;
    attachmentFileNames?: string[];
    resolveAttachment?: (name: string) => Promise<Response>;
    /** Ours: see build/library.ts. */
    draft?: { data: [FormData] };
  }

  export const OdkWebForm: DefineComponent<{
    formXml: string;
    fetchFormAttachment: (resource: URL) => Promise<Response>;
    missingResourceBehavior?: "BLANK" | "ERROR";
    editInstance?: EditInstance;
    preloadProperties?: { deviceID?: string; username?: string; email?: string; phoneNumber?: string };
    onSubmit?: (payload: Payload) => void;
  }>;
  export const webFormsPlugin: Plugin;
}

declare module "*.ftl?raw" {
  const text: string;
  export default text;
}

declare module "*.css" {}
