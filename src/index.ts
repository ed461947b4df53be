export { Transcoder } from './transcoder/transcoder.js';
export { TranscodeError } from './transcoder/error.js';
export { comparePictures, PictureComparisonError } from './transcoder/compare-pictures.js';
export { deviceStatus } from './transcoder/device-status.js';
export { devices } from './transcoder/devices.js';
export { readEssence } from './transcoder/read-essence.js';
export { recordMedia } from './transcoder/record-media.js';
export { presets } from './transcoder/presets.js';
export { verifyBundle } from './trust/verify-bundle.js';
export { proveUnit, verifyUnitProof } from './trust/unit-proof.js';
export { TrustError } from './trust/trust-error.js';

export type { TranscodeErrorCode, TranscodeErrorDetails, TranscodeStage } from './transcoder/error.js';
export type { ComparedMedium, ComparedPictures, ComparisonConditions } from './transcoder/compare-pictures.js';
export type { DeviceStatus } from './transcoder/device-status.js';
export type { DeviceReport, GpuReport } from './transcoder/devices.js';
export type {
  EssenceCodec,
  EssenceCopy,
  EssenceCopyTrack,
  EssenceOptions,
  EssenceTrack,
  EssenceUnit,
  EssenceWindow,
} from './transcoder/essence.js';
export type { ReadEssenceOptions } from './transcoder/read-essence.js';
export type { RecordMediaOptions } from './transcoder/record-media.js';
export type {
  ComparedFrame,
  DetailBand,
  LumaStatistics,
  PictureComparison,
  StretchReport,
} from './transcoder/picture-comparison.js';
export type { PresetName } from './transcoder/presets.js';
export type {
  Accel,
  AudioMode,
  BitDepth,
  Clip,
  ConnectionOptions,
  EncoderPreset,
  EncoderProfile,
  InputFormat,
  InputOptions,
  NetworkPolicy,
  OutputFormat,
  OutputOptions,
  Pace,
  Profile,
  RenditionOptions,
  TlsOptions,
  TranscoderOptions,
  Tune,
  UrlScheme,
  VideoCodec,
} from './transcoder/options.js';
export type {
  EndedEvent,
  EssenceEvent,
  LogEvent,
  LogLevel,
  ProgressEvent,
  RenditionFailedEvent,
  RenditionFinishedEvent,
  RenditionPlan,
  RenditionStartedEvent,
  SourceInfo,
  StartedEvent,
  TranscodeEvent,
  TranscoderEvents,
  WarningEvent,
} from './transcoder/events.js';
export type {
  Latency,
  LatencyBucket,
  Progress,
  RenditionProgress,
  RenditionResult,
  RenditionState,
  TranscodeResult,
} from './transcoder/result.js';
export type { Bundle, BundledAttempt } from './trust/bundle/bundle.js';
export type {
  AttemptVerdict,
  BundleVerdict,
  Remark,
  RemarkCode,
  UncoveredStretch,
  WindowCounts,
  WindowVerdict,
} from './trust/bundle/verdict.js';
export type { BundleCopies, ExpectedParties, MediumCopy } from './trust/bundle/verify-bundle.js';
export type { FindingReason } from './trust/essence/finding.js';
export type { UnitPlace, UnitProof } from './trust/essence/unit-proof.js';
export type { Address, Bytes32, SignatureHex } from './trust/keys/signature.js';
export type { OrderedProfile, OrderedRendition, SignedTicket, Ticket, TicketPrice } from './trust/orders/ticket.js';
export type { OpenedUrl, UrlLabel } from './trust/orders/url-commitment.js';
export type { Seam } from './trust/receipts/attempt-joins.js';
export type { IssuedReceipt, Receipt, ReceiptTracks, RenditionWindow, SourceWindow } from './trust/receipts/receipt.js';
export type { ReceiptFaultCode } from './trust/receipts/receipt-checker.js';
export type { AttestedWindow, SignedAttestation, SourceAttestation } from './trust/receipts/source-attestation.js';
export type { TrustErrorCode } from './trust/trust-error.js';
export type { SigningDomain } from './trust/typed-data/domain.js';
export type { Signed } from './trust/typed-data/typed-message.js';
