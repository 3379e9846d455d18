/** m3u8-parser comes without types: the part of it that is used. */
declare module "m3u8-parser" {
  export interface ParsedSegment {
    readonly uri?: string;
    readonly duration?: number;
    readonly discontinuity?: boolean;
    /** Milliseconds since 1970, written or reckoned from a neighbour's, both ways. */
    readonly programDateTime?: number;
    readonly map?: object;
    readonly key?: { readonly method?: string };
    readonly byterange?: object;
    readonly custom?: { readonly gap?: string };
  }

  export interface ParsedPlaylist {
    readonly segments: readonly ParsedSegment[];
    readonly mediaSequence?: number;
    readonly targetDuration?: number;
    readonly endList?: boolean;
    readonly playlists?: readonly {
      readonly uri?: string;
      readonly attributes?: {
        readonly BANDWIDTH?: number;
        readonly CODECS?: string;
        readonly RESOLUTION?: object;
        readonly AUDIO?: string;
      };
    }[];
    readonly mediaGroups?: {
      readonly AUDIO?: Readonly<
        Record<string, Readonly<Record<string, { readonly default?: boolean; readonly uri?: string }>>>
      >;
    };
  }

  export class Parser {
    addParser(tag: { expression: RegExp; customType: string; segment: boolean }): void;
    push(text: string): void;
    end(): void;
    readonly manifest: ParsedPlaylist;
  }
}
