/** What `millrace node --help` prints. */
export const nodeHelp = `millrace node --broadcaster|--orchestrator|--transcoder …

Runs a node of the network, in one role or several. A broadcaster is notified of streams and finds an
orchestrator for each; an orchestrator hands jobs to its transcoders; a transcoder pulls the source and
pushes the renditions. Ctrl-C or SIGTERM ends it in an orderly way, a second one at once.

Any node
      --broadcaster, --orchestrator, --transcoder    its roles, at least one
      --name NAME                    what it is called in logs                      [the host's name]
      --config FILE                  settings in YAML or JSON; see below
      --log-level trace|debug|info|warn|error|fatal|silent                          [info]
      --status-addr HOST:PORT        for /livez, /readyz and /metrics
                        [127.0.0.1, port 5935 broadcaster, 7935 orchestrator, 6935 transcoder, or any free]

Broadcaster and orchestrator
      --keystore-dir DIR             where its key is, or is made at its first start
                                                                    [$XDG_STATE_HOME/millrace]
      --keystore-password FILE       whose first line is the password of the key; the variable holds the
                                     password itself             [made with it, in the same directory]
      --ledger FILE                  receipts, and what was won, are kept in, a broadcaster's for good
                                     [broadcaster.sqlite in the keystore's directory, for a day;
                                     orchestrator.sqlite there, none offchain]
      --eth-url URL                  of a chain's JSON-RPC node; payment is made and taken there
                                                                    [offchain: nothing is owed]
      --eth-chain-id N               of the chain                                   [42161, Arbitrum One]
      --eth-controller ADDRESS       of Livepeer's controller on it                 [Arbitrum One's]
      --eth-poll SECONDS             how often the chain is asked, 0.1 to 600       [5]

Broadcaster
      --http-addr HOST:PORT          where it is notified                           [127.0.0.1:9935]
      --http-tls-cert FILE, --http-tls-key FILE     PEM; HTTPS instead of HTTP
      --orch-addr HOST:PORT,…        orchestrators; repeatable
      --orch-file FILE               a file that lists them
      --orch-webhook-url URL         a URL that lists them
      --auth-webhook-url URL         asked whether a stream is admitted, and how it is transcoded
      --transcoding-options LIST|FILE    presets, or a JSON file of profiles
                                                        [P240p30fps16x9,P360p30fps16x9]
      --max-price WEI/PIXELS         more is not paid                               [any price]
      --max-attempts N               tries of a job                                 [3]
      --receipt-window SECONDS       how much of a stream one receipt is for, 0.1 to 60     [2]
      --verify-rate 0…1              share of windows whose media is fetched and compared   [0.05]
      --ca-file FILE                 PEM with the authorities to trust for media    [the system's]
      --exploration 0…1              share of jobs for an orchestrator at random    [0.1]
      --media-server direct|nginx-rtmp|embedded     what outputs go to              [direct]
      --nginx-control-url URL        of nginx-rtmp's control module
      --rtmp-addr HOST:PORT          of the embedded media server                   [127.0.0.1:1935]
      --media-http-addr HOST:PORT    likewise                                       [127.0.0.1:8000]
      --max-ticket-value WEI         what one payment ticket is worth at most       [3000000000000]
      --max-payment-value WEI        what the tickets of one payment are worth      [20000000000000]

Orchestrator
      --service-addr HOST:PORT       where others reach it; beyond loopback with TLS only  [127.0.0.1:8935]
      --orch-secret SECRET|FILE      what its transcoders prove themselves with
      --client-ca FILE               PEM; nobody connects without a certificate of this authority
      --tls-cert FILE, --tls-key FILE    PEM; TLS
      --price WEI/PIXELS             what is asked for encoded pixels               [0/1]
      --broadcasters ADDRESS,…       whose orders are taken; repeatable             [anybody's]
      --max-sessions N|auto          attempts at a time                             [auto]
      --stall-timeout SECONDS        silence after which a transcoder is given up   [1.5]
      --ticket-value WEI             what one payment ticket is worth at least      [8000000000]
      --max-face-value WEI           what a winning ticket pays at most             [what reserves cover]
      --redeem-gas N                 what redeeming one takes                       [1200000]
      --keep-receipts DAYS|forever   how long receipts stay in the ledger           [90]

Transcoder
      --orch-addr HOST:PORT          its orchestrator
      --orch-secret SECRET|FILE      what it proves itself with
      --nvidia all|N,…               run on these GPUs only           [GPUs if there are any, else CPU]
      --max-sessions N|auto          attempts at a time                             [auto]
      --pixels-per-second N          what it can do                                 [measured at the start]
      --workers-warm N               spare processes that wait for a job            [1]
      --allow-networks CIDR,…        private networks that media may be in; repeatable
      --ca-file FILE                 PEM with the authorities to trust for media    [the system's]
      --player-head-start SECONDS    for players to open an RTMP or SRT output      [0.3]
                                     before its first picture leaves
      --drain-timeout SECONDS        for running attempts to end when it is stopped [30]

Broadcaster and transcoder, towards orchestrators
      --orch-ca FILE                 PEM with the authorities to trust              [the system's]
      --client-cert FILE, --client-key FILE    PEM; shown to orchestrators that ask for one
      --tls                          TLS to loopback addresses too
      --insecure                     accept any certificate

Every flag is also a variable, --orch-addr as MILLRACE_ORCH_ADDR (switches: true or false), and a key of
the config file, as orchAddr or orch-addr. A flag goes before a variable, a variable before the file. A
secret on a command line can be seen by everybody on the machine: put it in a file or a variable.

Exit code: 0 ended in an orderly way (Ctrl-C, SIGTERM), 1 failed, 2 usage.

  millrace node --orchestrator --transcoder
  millrace node --broadcaster --orch-addr 127.0.0.1:8935
`;
