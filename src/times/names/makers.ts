/** Who names recordings how, where the name itself tells. */
export interface Maker {
  readonly source: string;
  /** Matches a name without its folders and ending. */
  readonly names: RegExp;
  /** Whether its maker says that these names are in UTC. */
  readonly utc: boolean;
  /** Whether all that stands behind the stamp is known: rates, channels, milliseconds. */
  readonly known?: boolean;
  /** Whether a stamp always stands in such a name, so that one that is none is a mistake and no other number. */
  readonly stamped?: boolean;
  /** Milliseconds behind the seconds, where its maker writes them without a point. */
  readonly milliseconds?: RegExp;
}

export const MAKERS: readonly Maker[] = [
  // orcasound/orcanode, base/upload_flac_s3.py: %Y-%m-%d_%H-%M-%S_{node}-{rate}-{channels}.flac, UTC.
  {
    source: "orcanode archive",
    names: /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\w+-\d{4,6}-\d{1,2}$/,
    utc: true,
    known: true,
  },
  // Instruments of the Ocean Observatories Initiative, and NOAA's Noise Reference Stations (whose seconds may be 60).
  { source: "OOI file name", names: /^OO-/, utc: true },
  { source: "NRS file name", names: /^NRS\d+[_-]/, utc: true },
  { source: "MBARI file name", names: /^MARS[-_]/, utc: true },
  // An icListen's header says 14:32:19-08 where its name says 223219.
  { source: "icListen file name", names: /^(?:SB[WF]|icListen[A-Z]*|ICLISTEN[A-Z]*)\d+_/, utc: true },
  // PAMGuard writes milliseconds, in UTC (PamUtils/PamCalendar.java, createFileNameMillis); PAM_ is what it begins with
  // unless its user says otherwise.
  {
    source: "PAMGuard file name",
    names: /^PAM_\d{8}_\d{6}_\d{3}$/,
    utc: true,
    known: true,
    milliseconds: /_(\d{3})$/,
  },
  { source: "PAMGuard file name", names: /^PAM_\d{8}_\d{6}$/, utc: true },
  // Triton's names: two digits for the year, .x or what the samples were divided by at the end.
  { source: "XWAV file name", names: /_\d{6}_\d{6}(?:[._]df?\d+)*(?:\.x|[._]df?\d+)$/, utc: true },
  // Serial number, a point, YYMMDDHHMMSS (SoundTrap's manual, 3.2): the zone is what its user chose.
  { source: "SoundTrap file name", names: /^\d{3,12}\.\d{12}(?!\d)/, utc: false, stamped: true },
  { source: "DSG file name", names: /HMS_[\d ]+_[\d ]+_[\d ]+__DMY_/, utc: false, stamped: true },
];
