// Every error's text: what happened (`message`) and what to do (`hint`). Codes are stable: they are never renamed or
// used again for something else. docs/errors.md has an entry for each, which a test checks. Ordered by subject.

export const catalogue = {
  // ── declaring topics and processors ──
  PRC_NAME_INVALID: {
    message: "'{name}' is not a valid {what} name",
    hint: 'Use 1 to 249 of the characters a-z, A-Z, 0-9, dot, underscore and hyphen; "." and ".." are taken.',
  },
  PRC_TOPIC_DEFINED_TWICE: {
    message: "the topic '{topic}' is defined twice, with different {differences}",
    hint: 'Define it once, in a module of its own, and import it where it is used.',
  },
  PRC_OPTIONS_MISSING: {
    message: '{owner} was given {given} instead of an object with options',
    hint: 'Give it an object, as the docs of the function show.',
  },
  PRC_OPTION_UNKNOWN: {
    message: "{owner} has the unknown option '{option}'",
    hint: '{suggestion}It takes: {known}.',
  },
  PRC_OPTION_INVALID: {
    message: "{owner}: '{option}' cannot be {given}",
    hint: '{expected}',
  },
  PRC_INPUT_TWICE: {
    message: "{owner} reads the topic '{topic}' twice, as '{one}' and as '{other}'",
    hint: 'Handle the topic in one handler, or in two processors.',
  },
  PRC_OUTPUT_TWICE: {
    message: "{owner} has two outputs for the topic '{topic}', '{one}' and '{other}'",
    hint: 'Keep one of them; it can be called as often as needed.',
  },
  PRC_OUTPUT_NAME_INVALID: {
    message: "{owner} has an output '{output}', which handlers cannot call as out.{output}(…)",
    hint: "Give it a JavaScript identifier as its name; the topic's own name may be another.",
  },
  PRC_HANDLER_MISSING: {
    message: "{owner} has no handler for the records of the topic '{topic}'",
    hint: 'Add a function ({per}, context) as {handler}.',
  },
  PRC_HANDLER_WITHOUT_INPUT: {
    message: "{owner} has a handler '{handler}' without an input of that name",
    hint: '{suggestion}Name the handlers as the inputs, or add the topic to input.',
  },
  PRC_DEAD_LETTER_LOOP: {
    message: "{owner} would send dead letters to the topic '{topic}', which it reads",
    hint: 'They would fail again and again. Let deadLetter() name another topic.',
  },
  PRC_OUTPUT_LOOP: {
    message: "{owner} has the output '{output}' for the topic '{topic}', which it reads",
    hint: 'Each record could make another one, for ever. Write to another topic, or, if the handler sees to it that this ends, say that it is meant: feedsItself: true.',
  },
  PRC_TOPOLOGY_INVALID: {
    message: "the processor '{processor}' cannot be built: {problem}",
    hint: 'Correct its definition; nothing was started.',
  },
  PRC_DURATION_INVALID: {
    message: "'{duration}' is not a duration",
    hint: "Use a number of milliseconds or a text such as '200ms', '5s', '1m', '2h' or '1d'.",
  },

  // ── codecs ──
  PRC_BYTES_UNREADABLE: {
    message: 'these bytes are not {format}: {problem}',
    hint: 'Something else was written there, or they were damaged. Declare the codec that fits the topic; onError.decode decides what becomes of the record.',
  },
  PRC_VALUE_UNWRITABLE: {
    message: 'the {format} codec cannot write {value}: {problem}',
    hint: 'Emit a value of the type that the codec takes; onError.encode decides what becomes of the record.',
  },
  PRC_VALUE_INVALID: {
    message: 'the value does not fit its schema: {issues}',
    hint: 'Correct whatever makes the value, or the schema given to json(). onError.decode and onError.encode decide what becomes of the record.',
  },
  PRC_SCHEMA_ASYNC: {
    message: 'the schema given to json() validates asynchronously (it was made with {vendor})',
    hint: 'Use a synchronous schema and do what has to be awaited (a look-up, a call) in the handler. With Zod, a schema that throws looks like this, too.',
  },
  PRC_SCHEMA_NOT_STANDARD: {
    message: 'what json() was given is not a Standard Schema',
    hint: 'Give it a schema of Zod 3.24, Valibot 1, ArkType 2 or anything else that implements standardschema.dev, or use jsonOf<T>() to trust the bytes.',
  },

  // ── running a processor ──
  PRC_RECORD_FAILED: {
    message: "processor '{processor}' stopped at {topic}/{partition}@{offset}: {part} failed: {reason}",
    hint: 'Nothing of the record was committed: it comes again at the next start. Correct the handler or the record, or choose a policy for such failures in onError.{part}: skip() or deadLetter().',
  },
  PRC_DEAD_LETTER_REFUSED: {
    message:
      "processor '{processor}' stopped at {topic}/{partition}@{offset}: the broker takes neither what the record makes nor its dead letter: {reason}",
    hint: 'Nothing of the record was committed: it comes again at the next start. Where a dead letter is too large it is cut down to its key, its headers and 1,000 bytes of its value; not even that was taken. Let the topic of the dead letters take such records (max.message.bytes, cleanup.policy), or choose skip() in onError.encode.',
  },
  PRC_HANDLER_TIMEOUT: {
    message: "the handler of processor '{processor}' did not finish within {seconds} s at {topic}/{partition}@{offset}",
    hint: 'Nothing of its batch was committed. Give every call that it awaits a time limit of its own (context.signal), or raise handlerTimeout.',
  },
  PRC_OUTPUT_AFTER_END: {
    message: "out.{output} was called after the handler's attempt had ended",
    hint: 'Await every promise that a handler starts: what comes later belongs to no transaction and is refused.',
  },
  PRC_TOPICS_MISSING: {
    message: "processor '{processor}' needs topics that do not exist: {topics}",
    hint: "Create each with as many partitions as it is to be worked on with at a time, or let 'npx processor topics create path/to/module.ts' do it (with --namespace, if start() is given one) for the module whose default export the processor is.",
  },
  PRC_TOPICS_REPLACED: {
    message: "topics of processor '{processor}' were deleted, and those of the same name are others: {topics}",
    hint: "If one of them is an input, decide where to go on in the new topic: the group's offset counted records of the old one, so set it with kafka-consumer-groups --reset-offsets while the processor is stopped. Then start it again.",
  },
  PRC_OFFSET_OUT_OF_RANGE: {
    message:
      '{topic}/{partition}: the committed offset {offset} is outside of what the broker still has ({low} to {high})',
    hint: 'Records between were deleted (retention, deleteRecords) or the topic was made anew. Decide which offset to go on from and set it for the group with kafka-consumer-groups --reset-offsets while the processor is stopped.',
  },
  PRC_BATCH_UNREADABLE: {
    message: '{topic}/{partition}@{offset}: these records cannot be unpacked: {problem}',
    hint: 'Read them with another client (kafka-console-consumer --partition --offset) to see whether the batch itself is broken. If it is only large, raise receive.message.max.bytes. To pass it over, set the offset of the group behind it with kafka-consumer-groups --reset-offsets while the processor is stopped.',
  },
  PRC_TOPOLOGY_CHANGED: {
    message:
      "the offset of {topic}/{partition} in the group '{group}' was committed by another topology of processor '{processor}' ({found}, this one is {own})",
    hint: 'Its sources or stores were arranged otherwise, so that offset says nothing about this one. Give the processor a new name, go back to the topology it had, or stop all instances and reset the offsets of the group (kafka-consumer-groups --reset-offsets).',
  },
  PRC_NO_COMMITTED_OFFSET: {
    message: "{topic}/{partition}: the group '{group}' has no committed offset, and start is 'refuse'",
    hint: "Set an offset for the group, or choose start: 'earliest' or 'latest'.",
  },
  PRC_ACCESS_DENIED: {
    message: "processor '{processor}' is denied what it needs: {reason}",
    hint: 'Give the login of the processor {missing}, and start it again: it goes on where it stood. What it needs in all: npx processor describe {processor} --format acls',
  },
  PRC_GROUP_MIXED: {
    message:
      "processor '{processor}' is not let into its group '{group}': the members that are there share partitions in another way",
    hint: 'Give all instances the same partition.assignment.strategy. To change it, stop all of them first: the group takes the way of whoever joins it while it is empty.',
  },
  PRC_PROCESSOR_STOPPED: {
    message: "processor '{processor}' cannot go on: {reason}",
    hint: 'The cause is in the message: a permission, a limit or a version of the broker. Nothing that was not committed is visible; start it again when it is mended.',
  },
  PRC_FENCED_REPEATEDLY: {
    message:
      "the transactional id '{id}' was taken away {times} times within {seconds} s, while its partition stayed here",
    hint: "Look for another program that uses the id without being a member of the group '{group}': a second application of this name, or a tool. Rename one, or give it a namespace. Nothing is lost meanwhile, but each of them does its work several times over.",
  },
  PRC_CRASH_POINT_UNKNOWN: {
    message: "the variable {variable} is '{value}', which is no crash point",
    hint: 'It makes a process kill or stop itself, for tests; unset it if this is none. It takes <point> or <point>:<n>, the nth time from 1: {known}.',
  },
  PRC_ENGINE_DEFECT: {
    message:
      "the engine of processor '{processor}' broke one of its own rules and stopped before it could send anything: {reason}",
    hint: 'This is a defect of processor, not of your code. Please report it with this message and its stack.',
  },

  // ── the client and the cluster ──
  PRC_CLIENT_MISSING: {
    message: 'the Kafka client cannot be loaded on Node {node}: {reason}',
    hint: 'Its native addon was not built. Allow the install script of @confluentinc/kafka-javascript under "allowScripts" in package.json and run: npm rebuild @confluentinc/kafka-javascript',
  },
  PRC_LANE_UNKNOWN: {
    message: "PROCESSOR_LANE is '{lane}', which is no lane",
    hint: "Leave it unset, or set it to 'fast' or 'slow'.",
  },
  PRC_LANE_MISSING: {
    message: 'the fast lane was asked for and cannot be taken: {reason}',
    hint: 'In the repository `npm run set-up` builds its addon. Without PROCESSOR_LANE=fast the processor takes the slow lane, which keeps the same promises.',
  },
  PRC_BROKER_UNREACHABLE: {
    message: 'no Kafka broker answers at {brokers} within {seconds} s: {reason}',
    hint: 'Check the address (-b, KAFKA_BROKERS, brokers of start()), that the broker runs, and that its advertised listeners can be reached from here.',
  },
  PRC_TLS_REFUSED: {
    message: 'there is no TLS connection to {broker}: {reason}',
    hint: 'Check KAFKA_SECURITY_PROTOCOL, KAFKA_SSL_CA_LOCATION and what the listener of the broker is set to.',
  },
  PRC_LOGIN_REFUSED: {
    message: '{broker} refuses the login of {who}: {reason}',
    hint: 'Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD (or KAFKA_SASL_PASSWORD_FILE) and KAFKA_SASL_MECHANISM, and that the brokers know this login.',
  },
  PRC_LOGIN_IN_THE_CLEAR: {
    message: '{mechanism} without TLS would show the login to everybody on the way to {broker}; nothing was sent',
    hint: 'Set KAFKA_SECURITY_PROTOCOL=SASL_SSL and use a listener with TLS. Without it a login goes to brokers of this machine only (localhost, 127.0.0.1, [::1]).',
  },
  PRC_BROKER_TOO_OLD: {
    message: "processor '{processor}' is exactly-once, and the brokers are older than Kafka 3.6",
    hint: "Older brokers do not verify transactions: a delayed request can block readers of the outputs for ever. Upgrade them, or declare guarantee: 'at-least-once'.",
  },
  PRC_BROKERS_INVALID: {
    message: 'this is no list of brokers: {problems}',
    hint: 'Give host:port, several with commas between: localhost:9092 or kafka-1:9092,kafka-2:9092. It comes from -b, KAFKA_BROKERS, processor.config.ts or the brokers of start().',
  },
  PRC_SETTING_REFUSED: {
    message: "the client setting '{setting}' cannot be changed: {reason}",
    hint: 'Remove it. Exactly-once stands on its value.',
  },

  // ── the embedded Kafka ──
  PRC_EMBEDDED_JAVA_MISSING: {
    message: 'the embedded Kafka needs Java 17 or newer, and {problem}',
    hint: 'Install it (Debian: apt-get install openjdk-17-jre-headless) or let JAVA_HOME name one, or name a Kafka in KAFKA_BROKERS.',
  },
  PRC_EMBEDDED_JAVA_TOO_OLD: {
    message: 'the embedded Kafka needs Java 17 or newer, and {java} is {version}',
    hint: 'Install a newer one (Debian: apt-get install openjdk-17-jre-headless) and let JAVA_HOME name it.',
  },
  PRC_EMBEDDED_JARS_MISSING: {
    message: "Kafka's jars are not on this machine: {problem}",
    hint:
      'Any of these helps: let KAFKA_HOME name an unpacked Kafka {version}; install Maven (mvn), which fetches the jars once ' +
      'into {cache}; copy them there yourself; or name a running Kafka (one in Docker, too) in KAFKA_BROKERS.',
  },
  PRC_EMBEDDED_DATA_IN_USE: {
    message: 'the folder {dataDir} is in use by another Kafka ({owner})',
    hint: 'Stop that one first, use it, or choose another data folder.',
  },
  PRC_EMBEDDED_KAFKA_ENDED: {
    message: 'the embedded Kafka ended before it was ready:\n{lastLines}',
    hint: 'The whole log is {logFile}. If its data is damaged, remove {dataDir} and start again.',
  },
  PRC_EMBEDDED_KAFKA_SLOW: {
    message: 'the embedded Kafka gave no answer on {address} within {timeoutMs} ms',
    hint: 'Its log is {logFile}. On a slow or busy machine give it longer (startTimeoutMs).',
  },

  // ── Avro and the schema registry ──
  PRC_SCHEMA_INVALID: {
    message: 'this is not an Avro schema: {problem}',
    hint: 'Correct the schema given to avro() or avroOf(); the Avro specification has the rules.',
  },
  PRC_REGISTRY_MISSING: {
    message: "the {part} of the topic '{topic}' is Avro, and no schema registry is configured",
    hint: "Set SCHEMA_REGISTRY_URL to the registry's address (with SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO if it asks for a login). In a program of your own, start() takes it as its option 'registry'.",
  },
  PRC_SCHEMA_NOT_REGISTERED: {
    message: "the schema of the {part} of the topic '{topic}' is not registered under the subject '{subject}'",
    hint: 'Register it before the processor starts: npx processor schema register, or run once with --register-schemas (registerSchemas: true in start()). Its text must be the registered one, defaults and docs included.',
  },
  PRC_SCHEMA_INCOMPATIBLE: {
    message: "the registry refused the schema for the subject '{subject}': {reason}",
    hint: "Make the change compatible (new fields need a default), or change the subject's compatibility level in the registry if every reader can cope.",
  },
  PRC_SCHEMA_REFUSED: {
    message: "the registry does not take the schema for the subject '{subject}': {reason}",
    hint: 'Its reason says what it has against it: something in the schema itself, a rule of its own, or that it takes no schemas at the moment (read-only).',
  },
  PRC_REGISTRY_UNREACHABLE: {
    message: 'the schema registry at {registry} gave no usable answer after {attempts} attempts: {reason}',
    hint: 'Check SCHEMA_REGISTRY_URL (it is the address of the registry itself) and that the registry runs. No record is given up because of this: while a processor runs, its work goes on when the registry answers again; at a start it ends.',
  },
  PRC_REGISTRY_REFUSED: {
    message: 'the schema registry at {registry} refused {request}: {reason}',
    hint: 'Check the login (SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO), and what that login may do.',
  },
  PRC_REGISTRY_URL_INVALID: {
    message: "the schema registry's address cannot be used: {problem}",
    hint: 'Give one http or https address such as http://127.0.0.1:8081 in SCHEMA_REGISTRY_URL.',
  },
  PRC_AVRO_NOT_FRAMED: {
    message: 'these bytes were not written by way of a schema registry: {problem}',
    hint: "A value of a registry begins with a zero byte and its schema's id in four bytes. If the topic holds something else, declare the codec that fits.",
  },
  PRC_SCHEMA_ID_UNKNOWN: {
    message: 'the bytes name the schema id {id}, which the registry does not know',
    hint: "They were written with another registry, or are not Avro. Point SCHEMA_REGISTRY_URL at the producer's registry.",
  },
  PRC_SCHEMA_UNREADABLE: {
    message: 'what was written with the schema id {id} cannot be read with the schema declared here: {reason}',
    hint: "Make the declared schema fit the writer's: a default for what the writer lacks, an alias for what it calls otherwise, a type that its values can become.",
  },
  PRC_AVRO_MALFORMED: {
    message: 'the bytes are not a value of their schema (id {id}): {problem}',
    hint: "They were damaged, or written by something that breaks Avro's rules. The decode policy of the processor decides what becomes of the record.",
  },
  PRC_AVRO_VALUE_INVALID: {
    message: 'the value does not fit the Avro schema {schema}: {problem}',
    hint: 'Emit a value of the type that the schema declares; the compiler shows it where the schema is written as a literal.',
  },
  PRC_REGISTRY_STORAGE_DAMAGED: {
    message: 'the schema file {file} of the embedded registry cannot be read at line {line}: {problem}',
    hint: 'Restore it from a copy, or remove it: its schemas are then registered again at the next start, under new ids.',
  },

  // ── what check finds ──
  PRC_CYCLE: {
    message: 'processors pass records round in a circle: {path}',
    hint: 'A record can go round for ever. If that is meant, see to it that some handler on the way ends it; otherwise let one of them write to another topic.',
  },
  PRC_DEAD_LETTERS_MIXED: {
    message:
      "processor '{processor}' sends dead letters to the topic '{topic}', which is an output of processor '{other}'",
    hint: 'Whoever reads that topic gets both, and a dead letter is whatever bytes came in. Give the dead letters a topic of their own.',
  },
  PRC_HANDLER_UNREPEATABLE: {
    message: "the handler of processor '{processor}' sends {what} out, which is another value each time",
    hint: 'A record is handled again after a failure, and what comes of it should be the same. Take what the record has: its timestamp, or an id made of its topic, partition and offset.',
  },
  PRC_HANDLER_OUTLIVING_STATE: {
    message: "the handler of processor '{processor}' changes '{variable}', a variable of its module",
    hint: 'Such a variable is in no transaction: it also counts attempts whose outputs were dropped, each instance has its own, and a restart empties it. Compute what is needed from the record or the batch, or keep it in a topic.',
  },
  PRC_HANDLER_NOT_AWAITED: {
    message: "the handler of processor '{processor}' does not wait for {what}",
    hint: 'What is sent after a handler has ended belongs to no transaction and is refused (PRC_OUTPUT_AFTER_END). Await it: for (const … of …) await …, or await Promise.all(…).',
  },
  PRC_PARTITIONS_DIFFER: {
    message: "the topic '{topic}' has {found}, and its definition says {defined}",
    hint: 'A topic that exists is left alone. Let the definition say what there is, or change the topic with kafka-topics --alter, which only ever adds partitions and sends keys elsewhere from then on.',
  },
  PRC_REPLICATION_LOW: {
    message: "one broker alone keeps the topic '{topic}'",
    hint: 'What it keeps is lost with its disk, committed or not. Give the topic a replication factor of 3 and min.insync.replicas=2.',
  },
  PRC_REPLICAS_BEHIND: {
    message: "of the topic '{topic}' not all brokers that should have it do; partitions: {partitions}",
    hint: 'A broker is down or slow. If min.insync.replicas are not reached, nothing can be written, and transactions wait.',
  },
  PRC_PARTITIONS_LEADERLESS: {
    message: "partitions of the topic '{topic}' have no leader: {partitions}",
    hint: 'Nobody can read or write them until one of their brokers is back.',
  },
  PRC_TYPE_MISTAKE: {
    message: '{number}: {problem}',
    hint: "The project's own TypeScript says so: npx tsc --noEmit",
  },

  // ── the command line ──
  PRC_USAGE: {
    message: '{problem}',
    hint: 'What it takes: npx processor {command}--help',
  },
  PRC_BROKERS_MISSING: {
    message: 'no Kafka is named',
    hint: 'Give its address as host:port, with --brokers, in KAFKA_BROKERS or in processor.config.ts: npx processor {command} -b localhost:9092',
  },
  PRC_SETTING_INVALID: {
    message: 'the Kafka client does not take its settings: {reason}',
    hint: "Correct what -X, a KAFKA_… variable or kafka in processor.config.ts gives; librdkafka's CONFIGURATION.md lists every property with its values.",
  },
  PRC_SECRET_ON_COMMAND_LINE: {
    message:
      "'{setting}' is a secret and is not taken from the command line, where every user of the machine can read it",
    hint: 'Set {variable}, or {variable}_FILE to the path of a file that holds it.',
  },
  PRC_CONFIG_MISSING: {
    message: 'there is no config file {file}',
    hint: 'Paths are taken from the current folder ({folder}). Without -c, processor.config.ts is taken from there, if there is one.',
  },
  PRC_CONFIG_WITHOUT_DEFAULT: {
    message: '{file} has no default export',
    hint: "Write export default defineConfig(…); defineConfig is imported from 'processor'.",
  },
  PRC_PROFILE_UNKNOWN: {
    message: "there is no profile '{profile}' in {where}",
    hint: '{suggestion}A profile is chosen with --profile or PROCESSOR_PROFILE. The profiles here: {known}.',
  },
  PRC_SECRET_IN_CONFIG: {
    message: "'{setting}' is a secret and is not taken from {file}, which is committed with the code",
    hint: 'Set {variable}, or {variable}_FILE to the path of a file that holds it.',
  },
  PRC_VARIABLE_SET_TWICE: {
    message: '{variable} and {variable}_FILE are both set',
    hint: 'Unset one of them.',
  },
  PRC_SECRET_UNREADABLE: {
    message: '{variable} names the file {path}, which cannot be read: {reason}',
    hint: 'Correct the path, or let the user that this process runs as read the file.',
  },
  PRC_LOG_LEVEL_INVALID: {
    message: "LOG_LEVEL is '{level}'",
    hint: 'Use one of fatal, error, warn, info, debug, trace and silent.',
  },
  PRC_MEMORY_MAX_LOW: {
    message: 'a worker that has just begun holds {rssMiB} MiB, and --memory-max allows {memoryMaxMiB} MiB',
    hint: 'A successor would hold as much. Allow several times of that, because queues and batches take up to 128 MiB for each processor; and give the container twice as much.',
  },
  PRC_HTTP_UNAVAILABLE: {
    message: 'probes and metrics cannot be served on {address}: {reason}',
    hint: 'Give another port or address: --http 9464, --http 0.0.0.0:9464, or http in processor.config.ts. Port 0 takes a free one, which the log names.',
  },
  PRC_DEV_RUNNING: {
    message: "another 'processor dev' runs in this folder (pid {pid})",
    hint: 'End it first, or work with what it has started: its Kafka is {brokers}, as in npx processor run -b {brokers}; it has printed the variables for that.',
  },
  PRC_MODULES_NONE: {
    message: 'there is no module of a processor in {folder}',
    hint: 'Put each processor into a file of its own there (processors/enrich-orders.ts, not in a subfolder), or name the file: npx processor run path/to/file.ts',
  },
  PRC_MODULE_MISSING: {
    message: 'there is no file {module}',
    hint: "Paths are taken from the current folder ({folder}). To name a processor instead of a file, leave out '/' and the ending.",
  },
  PRC_MODULE_UNREADABLE: {
    message: '{location}: {problem}',
    hint: 'Correct the module; nothing was started.',
  },
  PRC_MODULE_FAILED: {
    message: '{module} failed while it was loaded: {reason}',
    hint: 'What is at the top level of a module runs when it is loaded, before anything starts. Correct it, or install what it imports.',
  },
  PRC_MODULE_WITHOUT_PROCESSOR: {
    message: '{module} has no processor as its default export; it exports {found}',
    hint: 'Write export default processor(…). A module that others import from gets a name that begins with _, or exports topics alone.',
  },
  PRC_MODULES_UNWRITABLE: {
    message: 'the compiled modules cannot be written to {folder}: {reason}',
    hint: 'Let the user that this process runs as write there.',
  },
  PRC_PROCESSOR_UNKNOWN: {
    message: "there is no processor '{name}'",
    hint: '{suggestion}The processors here: {known}.',
  },
  PRC_PROCESSOR_DEFINED_TWICE: {
    message: "two modules define a processor '{processor}': {one} and {other}",
    hint: 'Rename one: the name is the consumer group, which two processors cannot share.',
  },
  PRC_INIT_NAME_INVALID: {
    message: "'{name}' cannot be the name of a new processor",
    hint: 'Use small letters, digits and hyphens, a letter first, 100 at most: enrich-orders. It becomes processors/<name>.ts, the consumer group and the transactional ids.',
  },
  PRC_INIT_FOLDER_IN_USE: {
    message: 'the folder {folder} is neither empty nor a project; it holds {found}',
    hint: 'Name a new folder: npx processor init my-app. To add a processor to a project, name the folder of its package.json.',
  },
  PRC_INIT_FILE_EXISTS: {
    message: '{file} exists already, and nothing is overwritten',
    hint: 'Choose another name for the processor: npx processor init --name another-name',
  },
  PRC_INIT_FOLDER_UNUSABLE: {
    message: 'nothing can be created in {folder}: {reason}',
    hint: 'Name another folder, or correct what stands there.',
  },
  PRC_INIT_CANCELLED: {
    message: 'the questions were not answered, and nothing was written',
    hint: 'To be asked nothing: npx processor init my-app --template minimal --yes',
  },
  PRC_TOPIC_UNKNOWN: {
    message: "there is no topic '{topic}'",
    hint: '{suggestion}What is there: npx processor topics list. To create what your processors need: npx processor topics create',
  },
  PRC_PARTITION_UNKNOWN: {
    message: '{topic} has no partition {partition}',
    hint: 'Its partitions are 0 to {last}.',
  },
  PRC_TOPIC_NOT_CREATED: {
    message: "the topic '{topic}' cannot be created: {reason}",
    hint: 'Correct its settings, --partitions or --replication-factor, or ask for the permission to create it. Topics that were created before it stay.',
  },
  PRC_READ_STALLED: {
    message: '{topic} gave nothing for {seconds} s although it goes on: {rest}',
    hint: 'See whether the leaders of these partitions run and can be reached under their advertised addresses.',
  },
  PRC_LINE_INVALID: {
    message: 'line {line} of {source} cannot be sent: {problem}',
    hint: 'Before it, {sent} sent and acknowledged; after it, nothing was. Correct the line and go on from there; what is to be sent past the codecs of the topic is sent with --raw.',
  },
  PRC_SEND_FAILED: {
    message: 'not all of the lines {first} to {last} of {source} reached {topic}: {reason}',
    hint: 'Before them, {sent} sent and acknowledged; of these lines, {acknowledged} of {records} records were, and those of the others that had no answer may be in the topic all the same; after them, nothing was sent.',
  },
  PRC_INPUT_UNREADABLE: {
    message: '{source} cannot be read: {reason}',
    hint: 'Give a file of JSON lines with -f, or pipe them in.',
  },
  PRC_SCHEMA_CHECK_FAILED: {
    message: '{failed} of {total} schemas do not go with what the registry has: {subjects}',
    hint: "The reasons are in the output, and nothing was registered. Make the change compatible (new fields need a default), or change the subject's compatibility level in the registry if every reader can cope.",
  },
  PRC_SUBJECT_UNKNOWN: {
    message:
      "'{name}' is no .avsc file, no topic with Avro of the processors here, and no subject of the registry {registry}",
    hint: '{suggestion}Subjects are called <topic>-value and <topic>-key. A file is named with its ending or with a / in its path.',
  },
  PRC_SCHEMA_FILE_UNREADABLE: {
    message: '{file} cannot be read: {reason}',
    hint: 'Paths are taken from the current folder. The file holds one Avro schema as JSON.',
  },
  PRC_OUT_NOT_WRITTEN: {
    message: '{file} was not written: {reason}',
    hint: 'Give another path with --out, or --force to overwrite what is there.',
  },
  PRC_KAFKA_CALL_FAILED: {
    message: 'Kafka could not do what the command asked: {reason}',
    hint: 'The code in brackets is the one of Kafka or of its client. Look for a missing permission, a limit, or a broker that went away.',
  },
  // ── testing ──
  PRC_TEST_TOPIC_UNKNOWN: {
    message: "no processor of this driver reads or writes the topic '{topic}'",
    hint: 'Give testDriver() all the processors that the test is about. Its topics: {known}.',
  },
  PRC_TEST_TOPIC_UNREAD: {
    message: "no processor of this driver reads the topic '{topic}': nobody would process what is sent there",
    hint: 'Send to one that is read ({inputs}), or give testDriver() the processor that reads this one, too.',
  },
  PRC_TEST_RECORD_REFUSED: {
    message: "this record cannot be sent to '{topic}': {reason}",
    hint: 'A producer that uses these codecs could not write it either. Send what they take; to send bytes that they do not, use sendBytes().',
  },
  PRC_TEST_PROCESSOR_TWICE: {
    message: "two of the processors given to testDriver() are called '{processor}'",
    hint: 'Give it each one once. Several instances of one processor are an option: instances.',
  },
  PRC_TEST_BUSY: {
    message: '{call} was called while {other} is still under way',
    hint: 'Await each call of the driver before the next one, and call none of them in a handler: it is what they wait for.',
  },
  PRC_TEST_CLOSED: {
    message: 'the driver is closed',
    hint: 'Make one for each test, and close it when nothing of the test is under way any more: await what it has called.',
  },
  PRC_TEST_NOT_SETTLED: {
    message: '{what} is read, but records were sent that nobody has had the time to process',
    hint: 'Await driver.settle() between sending and reading: nothing happens but in settle() and advance().',
  },
  PRC_TEST_UNSETTLED: {
    message: 'not everything was processed within {seconds} s of virtual time: {partitions}',
    hint: 'Look at driver.facts for what those partitions do, and at driver.instances: where none runs, or all are paused, nothing is settled.',
  },
  PRC_TEST_HANDLER_PENDING: {
    message: "a handler of '{processor}' has not settled for {seconds} s of real time",
    hint: 'It awaits something that never comes: virtual time stands still meanwhile. Give the test a stand-in for it, or raise handlerWait. To see its handlerTimeout fall due, let time pass with driver.advance().',
  },
  PRC_TEST_INSTANCE_UNKNOWN: {
    message: "the driver has no instance '{name}'",
    hint: 'Running are: {known}. One that has crashed runs again after driver.start(name).',
  },
  PRC_TEST_INSTANCE_KNOWN: {
    message: "the instance '{name}' runs already",
    hint: 'Choose another name, or crash it first.',
  },
  PRC_TEST_UNSTRUCK: {
    message: 'what was to go wrong in this test has not: {calls}',
    hint: 'Without it the test shows less than it says. See which moments and requests come, in driver.facts, or call for what does come; driver.unstruck shows the same before the end.',
  },
  PRC_TEST_TRANSACTIONS_OPEN: {
    message: 'transactions are open that belong to {ids}',
    hint: 'After settle() none should be. One of an instance that has crashed is ended when its successor starts, or when its time is over: driver.advance().',
  },
  PRC_TEST_RECORDS_MISSING: {
    message: "there are no records to shake '{processor}' with",
    hint: 'Give it some: a file of JSON lines with --records, or `export const samples` in its module. --generate 5 makes them where codecs say what they look like: texts, numbers, bytes and Avro do, JSON does not.',
  },
  PRC_TEST_RECORD_INVALID: {
    message: '{source} holds no record that can be used: {problem}',
    hint: 'Nothing was run. A line is what `processor produce` takes, with a key and a value; for a processor with several inputs it names its topic, too.',
  },
  PRC_UNCAUGHT: {
    message: 'an error that nothing caught ended the process: {reason}',
    hint: 'It came from outside of any handler call, or from a promise that nobody awaited. Nothing of an unfinished batch was committed. Await every promise, and give emitters (sockets, pools, streams) an error listener.',
  },
  PRC_STOP_OVERDUE: {
    message: 'it did not stop within {seconds} s and was ended',
    hint: 'Nothing that was not committed is visible; whoever owns the partitions next goes on from there. The usual cause is a broker that does not answer.',
  },
  PRC_EXIT_BLOCKED: {
    message: 'a call of a native library did not return, and the process was killed',
    hint: 'It had stopped already. Look for a look-up of a name, a file or a call of the Kafka client that hangs.',
  },
} as const satisfies Readonly<Record<`PRC_${string}`, { readonly message: string; readonly hint: string }>>;

export type Catalogue = typeof catalogue;
