// The page of `raglan serve`. Whatever the server or a document says goes in as text, never as markup.

/* ---- Words ---------------------------------------------------------------------------------------------------- */

const WORDS = {
  en: {
    skip: "Skip to the question",
    conversations: "Conversations",
    conversation: "Conversation",
    begin: "New conversation",
    documents: "Documents",
    menu: "Menu",
    close: "Close",
    back: "Back",
    send: "Send",
    stop: "Stop",
    cancel: "Cancel",
    save: "Save",
    retry: "Try again",
    rename: "Rename this conversation",
    export: "Save this conversation as Markdown",
    remove: "Delete this conversation",
    name: "Name",
    yourQuestion: "Your question",
    ask: "Ask your documents",
    askMore: "Ask another question",
    keys: "Enter sends · Shift+Enter starts a line · / comes back here",
    dropHere: "Drop files to add them",
    hello: "Ask your documents",
    helloHint: "Every sentence of an answer leads to its source.",
    holds: "{documents} {documents|document|documents} · {passages} {passages|passage|passages}",
    empty: "Nothing to ask yet",
    emptyHint: "Drop files here, or choose them. What they say stays on this server.",
    addFiles: "Add files",
    noTalks: "What you ask is kept here, in this browser.",
    themeauto: "Light or dark: as the system",
    themelight: "Light",
    themedark: "Dark",
    searching: "Searching",
    writing: "Reading {n} {n|passage|passages}",
    waiting: "The server is busy. Trying again in {s} s",
    stopped: "Stopped. What stands here was not checked against its sources.",
    stoppedEmpty: "Stopped.",
    cut: "The page was closed before the answer came.",
    sources: "Sources",
    source: "Source {n}: {where}",
    sourcesAt: "Sources {from} to {to}",
    page: "page {n}",
    sure: "Sure",
    fairly: "Fairly sure",
    unsure: "Unsure",
    confidence: "Estimated chance that this answers the question: {p}",
    seconds: "{s} s",
    coverage: "{read} of {matching} matching passages read",
    noteotherwise: "Another version says otherwise:",
    noteolder: "A version that is out of date says otherwise:",
    noteoutdated: "What is cited calls itself out of date:",
    copy: "Copy with sources",
    copied: "Copied",
    copyFailed: "The browser did not let this page copy. Select the text instead.",
    good: "Good answer",
    bad: "Wrong or missing something",
    why: "Why not another passage?",
    evidence: "Evidence: {n} {n|passage|passages}",
    weight: "{p} of the answer's weight",
    rightOne: "This one answers it",
    thanks: "Kept. Training will read it.",
    wrongTitle: "What should it have said?",
    wrongPassage: "The passage that answers it",
    noneOfThese: "None of these",
    sendFeedback: "Keep",
    abstained: "Not in these documents",
    abstainedHint: "No passage carries an answer. These come nearest:",
    abstainedBare: "No passage comes near it.",
    search: "Search for these words",
    found: "{n} {n|passage|passages} found",
    nothingFound: "No passage has these words.",
    choose: "Which one do you mean?",
    answered: "Answer: {text} Sources: {n}.",
    askedBack: "A question back: {text}",
    searchedFor: "Searched for: {text}",
    where: "Only in {name}",
    unscope: "Ask all documents again",
    askThis: "Ask only this file",
    original: "Original file",
    text: "Text",
    pages: "Page",
    pageOf: "Page {n} of {all}",
    pageImage: "Page {n} of {name}. The words meant are marked: {quote}",
    larger: "Larger",
    previous: "Previous page",
    next: "Next page",
    before: "Show what stands before",
    after: "Show what follows",
    shown: "Opened {name} at the cited words",
    facts: "{characters} characters",
    passages: "{n} {n|passage|passages}",
    nPages: "{n} {n|page|pages}",
    whyThis: "Why was this not used?",
    filter: "Filter by name",
    noDocuments: "No documents yet.",
    noneMatch: "No document has this in its name.",
    holdsN: "{n} documents",
    left: "{n} more; narrow them by name.",
    delete: "Delete {name}",
    deleteAsk: "Delete {name}?",
    deleteHint: "Its passages can no longer be found or cited. The original file is not touched if it lies elsewhere.",
    deleteYes: "Delete",
    deleted: "{name} deleted",
    talkAsk: "Delete this conversation?",
    talkHint: "It is kept nowhere else.",
    sending: "Sending {p}",
    queued: "Waiting its turn",
    reading: "Reading: {share}",
    encoding: "Preparing search by meaning: {done} of {total} passages. Words can be searched already.",
    preparing: "Read. Preparing search by meaning",
    cancelling: "Cancelling",
    done: "{n} {n|document|documents} added",
    doneNone: "Nothing new to add",
    cancelled: "Cancelled. {n} {n|document|documents} read until then {n|is|are} kept.",
    cancelledNone: "Cancelled. Nothing was added.",
    failed: "This did not work. Add the files again.",
    lost: "The server no longer knows this job. Look into the list below.",
    skipped: "Skipped files",
    skippedN: "{n} skipped",
    dismiss: "Dismiss",
    whoSees: "Who may see it",
    whoSeesHint: "Groups, with commas. Empty: everybody with a key.",
    changed: "Changed",
    access: "Who may see them (groups, with commas; empty: everybody)",
    whyTitle: "Why not this passage?",
    whyHint: "Paste the words that you expected, and see at which stage they were lost.",
    whyQuestion: "Question",
    whyText: "Expected words",
    whyFind: "Or pick a passage",
    whyFindHint: "Words of the passage",
    find: "Find",
    whyAsk: "Show the stages",
    kept: "kept",
    lostHere: "lost here",
    keyTitle: "This server asks for a key",
    keyHint: "Whoever runs it makes one with “raglan keys”. It is kept until this tab is closed.",
    keyLabel: "Key",
    keyBad: "The server does not know this key.",
    keyOdd: "A key has only letters, digits and signs without accents. Was it copied whole?",
    keyUse: "Use this key",
    forgetKey: "Forget the key",
    offline: "You are offline. What you asked is kept; it can be sent again when you are back.",
    unreachable: "The server does not answer. Is “raglan serve” still running?",
    broken: "The connection broke off in the middle of the answer.",
    noKey: "Without a key this server answers nothing.",
    forbidden: "This key does not allow that.",
    tooLarge: "This is more than the server takes at once. Send fewer or smaller files.",
    busy: "The server is too busy. Wait a moment and try again.",
    rate: "Too many requests at once. Wait a moment and try again.",
    storeBusy: "The store cannot be used right now. Try again in a moment.",
    noEncoder: "The encoder cannot be used right now. Ask whoever runs the server.",
    noWriter: "The server that writes the answers gave none.",
    masked: "Personal data is masked here: this key may not see files as they are.",
    groups: "These groups cannot be given: a group's name is wrong, or it is none of this key's.",
    host: "The server is not known by this name. It can be given one with “--allow-host”.",
    timeout: "This took too long. Ask something narrower, or try again.",
    gone: "This is no longer in the store.",
    wrong: "The server could not do that.",
    odd: "The server said something that this page does not understand.",
    unsaved: "The browser has no room to keep this conversation.",
    exported: "Asked on {date}",
    graph: "Things and facts",
    graphOf: "Things and facts in this answer",
    graphFind: "Find a thing",
    graphMap: "Things and what joins them: {n} {n|fact|facts}. The list below has the same.",
    graphNone: "Nothing was read for this yet. Whoever runs the server does it with “raglan graph PATH”.",
    graphUnread: "{n} {n|passage|passages} still to be read for this; “raglan graph PATH” on the server does it.",
    graphUnknown: "Nothing is told of “{name}”.",
    graphBare: "No facts are told in these passages.",
    graphAlso: "Also:",
    graphLeft: "{n} more {n|fact|facts} about it",
    graphThing: "{name}: {n} {n|fact|facts}",
    graphFacts: "Facts",
    graphStated: "Said by {n} {n|passage|passages}",
    graphFile: "From the file {name}",
    graphMoved: "{name}, {n} {n|fact|facts} shown",
    writeNeeded: "This key may read, not add.",
  },
  zh: {
    skip: "跳到提问框",
    conversations: "对话",
    conversation: "对话内容",
    begin: "新对话",
    documents: "文档",
    menu: "菜单",
    close: "关闭",
    back: "返回",
    send: "发送",
    stop: "停止",
    cancel: "取消",
    save: "保存",
    retry: "重试",
    rename: "重命名此对话",
    export: "将此对话存为 Markdown",
    remove: "删除此对话",
    name: "名称",
    yourQuestion: "你的问题",
    ask: "向你的文档提问",
    askMore: "继续提问",
    keys: "Enter 发送 · Shift+Enter 换行 · / 回到这里",
    dropHere: "松开即可添加文件",
    hello: "向你的文档提问",
    helloHint: "答案的每一句话都指向出处。",
    holds: "{documents} 份文档 · {passages} 个段落",
    empty: "还没有可问的内容",
    emptyHint: "把文件拖到这里，或点击选择。内容只保存在这台服务器上。",
    addFiles: "添加文件",
    noTalks: "你的提问会保存在这个浏览器里。",
    themeauto: "深浅跟随系统",
    themelight: "浅色",
    themedark: "深色",
    searching: "正在查找",
    writing: "正在阅读 {n} 个段落",
    waiting: "服务器繁忙，{s} 秒后重试",
    stopped: "已停止。以上文字尚未与出处核对。",
    stoppedEmpty: "已停止。",
    cut: "答案返回之前页面被关闭了。",
    sources: "出处",
    source: "出处 {n}：{where}",
    sourcesAt: "出处 {from} 至 {to}",
    page: "第 {n} 页",
    sure: "有把握",
    fairly: "较有把握",
    unsure: "把握不大",
    confidence: "估计能回答问题的可能性：{p}",
    seconds: "{s} 秒",
    coverage: "已读 {read}/{matching} 个相关段落",
    noteotherwise: "另一版本的说法不同：",
    noteolder: "已过期的版本说法不同：",
    noteoutdated: "所引文档自称已过期：",
    copy: "连同出处复制",
    copied: "已复制",
    copyFailed: "浏览器不允许本页复制，请手动选择文字。",
    good: "回答得好",
    bad: "有误或不完整",
    why: "为什么没用别的段落？",
    evidence: "依据：{n} 个段落",
    weight: "占答案权重的 {p}",
    rightOne: "这段就是答案",
    thanks: "已保存，训练时会读取。",
    wrongTitle: "正确的回答应该是什么？",
    wrongPassage: "能回答问题的段落",
    noneOfThese: "都不是",
    sendFeedback: "提交",
    abstained: "这些文档里没有",
    abstainedHint: "没有段落能回答这个问题。最接近的是：",
    abstainedBare: "没有接近的段落。",
    search: "按这些词搜索",
    found: "找到 {n} 个段落",
    nothingFound: "没有段落包含这些词。",
    choose: "你指的是哪一个？",
    answered: "答案：{text} 出处 {n} 个。",
    askedBack: "反问：{text}",
    searchedFor: "按此检索：{text}",
    where: "只在 {name} 中查找",
    unscope: "恢复为向全部文档提问",
    askThis: "只问这个文件",
    original: "原始文件",
    text: "文字",
    pages: "页面",
    pageOf: "第 {n} 页，共 {all} 页",
    pageImage: "{name} 第 {n} 页，所引文字已标出：{quote}",
    larger: "放大",
    previous: "上一页",
    next: "下一页",
    before: "显示前面的内容",
    after: "显示后面的内容",
    shown: "已打开 {name}，定位到所引文字",
    facts: "{characters} 个字符",
    passages: "{n} 个段落",
    nPages: "{n} 页",
    whyThis: "为什么没用这段？",
    filter: "按名称筛选",
    noDocuments: "还没有文档。",
    noneMatch: "没有名称匹配的文档。",
    holdsN: "{n} 份文档",
    left: "还有 {n} 份，请按名称缩小范围。",
    delete: "删除 {name}",
    deleteAsk: "删除 {name}？",
    deleteHint: "删除后其段落不会再被找到或引用。存放在别处的原始文件不受影响。",
    deleteYes: "删除",
    deleted: "已删除 {name}",
    talkAsk: "删除此对话？",
    talkHint: "对话没有保存在其他地方。",
    sending: "正在上传 {p}",
    queued: "排队中",
    reading: "正在读取：{share}",
    encoding: "正在准备语义搜索：{done}/{total} 个段落。现在已可按词搜索。",
    preparing: "已读完，正在准备语义搜索",
    cancelling: "正在取消",
    done: "已添加 {n} 份文档",
    doneNone: "没有新的内容",
    cancelled: "已取消。此前读取的 {n} 份文档已保留。",
    cancelledNone: "已取消，没有添加任何内容。",
    failed: "没有成功，请重新添加文件。",
    lost: "服务器已不再记得这项任务，请查看下面的列表。",
    skipped: "跳过的文件",
    skippedN: "跳过 {n} 个",
    dismiss: "收起",
    whoSees: "谁可以看",
    whoSeesHint: "组名，用逗号分隔。留空：所有持有密钥的人。",
    changed: "已更改",
    access: "谁可以看（组名，用逗号分隔；留空为所有人）",
    whyTitle: "为什么没用这一段？",
    whyHint: "粘贴你期望看到的原文，查看它在哪一步丢失。",
    whyQuestion: "问题",
    whyText: "期望的原文",
    whyFind: "或者挑选一个段落",
    whyFindHint: "段落中的词",
    find: "查找",
    whyAsk: "查看各个阶段",
    kept: "保留",
    lostHere: "在此丢失",
    keyTitle: "此服务器需要密钥",
    keyHint: "由管理员用 “raglan keys” 生成。关闭标签页后即不再保存。",
    keyLabel: "密钥",
    keyBad: "服务器不认识这个密钥。",
    keyOdd: "密钥只含英文字母、数字和符号。是否复制完整？",
    keyUse: "使用此密钥",
    forgetKey: "清除密钥",
    offline: "网络已断开。问题已保留，恢复后可以重新发送。",
    unreachable: "服务器没有回应。“raglan serve” 还在运行吗？",
    broken: "答案传到一半，连接中断了。",
    noKey: "没有密钥，此服务器不会回答。",
    forbidden: "此密钥没有这项权限。",
    tooLarge: "超出服务器单次可接收的大小，请减少文件数量或大小。",
    busy: "服务器过于繁忙，请稍候再试。",
    rate: "请求过于频繁，请稍候再试。",
    storeBusy: "文档库暂时无法使用，请稍后再试。",
    noEncoder: "编码模型暂时无法使用，请联系服务器管理员。",
    noWriter: "撰写答案的服务器没有给出答案。",
    masked: "此处个人信息已遮盖：此密钥不能查看原始文件。",
    groups: "无法指定这些组：组名有误，或不属于此密钥。",
    host: "服务器不认这个名称，可用 “--allow-host” 添加。",
    timeout: "用时过长。请缩小问题范围，或重试。",
    gone: "它已不在库中。",
    wrong: "服务器无法完成这项操作。",
    odd: "服务器的回复无法识别。",
    unsaved: "浏览器空间不足，无法保存此对话。",
    exported: "提问于 {date}",
    graph: "事物与关系",
    graphOf: "此答案中的事物与关系",
    graphFind: "查找事物",
    graphMap: "事物及其关系，共 {n} 条；下面的列表内容相同。",
    graphNone: "还没有为此读取过文档。由管理员运行 “raglan graph PATH” 即可。",
    graphUnread: "还有 {n} 个段落没有读取；在服务器上运行 “raglan graph PATH” 即可。",
    graphUnknown: "没有关于“{name}”的内容。",
    graphBare: "这些段落里没有读出关系。",
    graphAlso: "其他：",
    graphLeft: "还有 {n} 条相关",
    graphThing: "{name}：{n} 条",
    graphFacts: "关系",
    graphStated: "{n} 个段落这样说",
    graphFile: "来自文件 {name}",
    graphMoved: "{name}，显示 {n} 条关系",
    writeNeeded: "此密钥只能读取，不能添加。",
  },
};

// What `why` finds is told by the server in English; these are its sentences in Chinese.
const FINDINGS = [
  [/^it stands in (.*)$/, "在 $1 中"],
  [/^in words a little different; (.*)$/, "用词略有不同；$1"],
  [/^cut apart: the nearest passage holds (\S+) of the words; (.*)$/, "被切开：最近的段落含有其中 $1 的词；$2"],
  [/^passage (.*), page (\d+), (\d+) characters$/, "段落 $1，第 $2 页，$3 个字符"],
  [/^passage (.*), (\d+) characters$/, "段落 $1，$2 个字符"],
  [/^no document holds these words; see the files that raglan index skipped$/, "没有文档含有这些词；请查看被跳过的文件"],
  [/^no document holds it; nearest is (.*), with (\S+) of the words$/, "没有文档含有它；最接近的是 $1，含有其中 $2 的词"],
  [/^rank (\d+) of (\d+), score (\S+) by (.*)$/, "第 $1 名，共 $2 个，得分 $3（$4）", (value) => searchName(value)],
  [/^not among the first (\d+)$/, "不在前 $1 名之内"],
  [/^this search found nothing: it cannot read the query$/, "这种搜索没有结果：它读不懂这个问题"],
  [/^its document is out of date, and a current version tells as much$/, "所在文档已过期，现行版本同样说明了这一点"],
  [/^only the first (\d+) become evidence$/, "只有前 $1 名成为依据"],
  [/^weight (\S+) of 1, (\d+) passages share it$/, "权重 $1（总和为 1，共 $2 个段落）"],
  [/^no answer was given: confidence (\S+) is too low$/, "没有作答：把握程度 $1 过低"],
  [/^the answer cites it$/, "答案引用了它"],
  [/^the answer cites (.*) instead$/, "答案引用的是 $1"],
];
// Why a file was not taken, and what to do about it, by the code that the server tells beside its English; $name is a value.
const AGAIN = "请重新复制或下载";
const REASONS = {
  empty: ["空文件", "如果本应有内容，请重新复制"],
  no_text: ["没有文字", ""],
  no_rows: ["没有数据行", "每行应是一个含有文字的 JSON 对象"],
  too_large: ["超过 $most MB", "请拆分后再添加"],
  unpacks_too_large: ["解压后超过 $most MB", "如果信得过，请解压后另存"],
  bomb: ["解压后是原来的 $times 倍（压缩炸弹？）", "如果信得过，请解压后另存"],
  too_many_files: ["压缩包内文件过多", "如果信得过，请解压后另存"],
  encrypted: ["已加密", "请打开后另存一份不带密码的副本"],
  cut_short: ["文件不完整", AGAIN],
  damaged: ["文件已损坏", "请用原来的程序打开并另存，或重新下载"],
  binary: ["二进制数据，或编码未知", "请存为 UTF-8 文本或 PDF"],
  misnamed: ["虽然名为 $format，内容却不是", "请重新复制或导出"],
  format: ["$format 格式，无法读取", "请另存为 PDF、.docx、.pptx、HTML 或 CSV"],
  image: ["图片（$format），不是文字", "请用 OCR 转成带文字层的 PDF"],
  audio: ["音频，不是文字", "请先转成文字稿"],
  video: ["视频，不是文字", "请先转成文字稿"],
  program: ["程序，不是文字", ""],
  archive: ["压缩包（$format）", "请解压后添加其中的文件"],
  no_reader: ["没有能读 $format 文件的组件", "请安装一个，或另存为文本"],
  scan: ["没有文字层（扫描件？）", "请先用 OCR 识别（例如 ocrmypdf）"],
  garbled_fonts: ["乱码：字体没有说明显示的是哪些字", "请先用 OCR 识别（例如 ocrmypdf）"],
  garbled: ["乱码", "请另存为 UTF-8 文本或 PDF"],
  bad_rows: ["共 $all 行，其中 $bad 行无法读取", "其余各行已读入；每行应是一个含有文字的 JSON 对象"],
  memory: ["所需内存超过可用内存", "请拆分文件"],
  too_slow: ["读取超过 $seconds 秒", "文件可能已损坏，请用原来的程序打开并另存"],
  reader_failed: ["读取时出错", "文件可能已损坏，请用原来的程序打开并另存"],
  not_a_file: ["是设备或管道，不是文件", ""],
  no_permission: ["没有读取权限", "请更改权限"],
  gone: ["文件已不存在", ""],
  bad_link: ["链接无效或形成循环", "请删除该链接"],
  read_elsewhere: ["该链接指向的文件夹已作为 $folder 读入", ""],
  name_empty: ["没有文件名", "请换一个名称"],
  name_begins: ["文件名以 $sign 开头", "请换一个名称"],
  name_characters: ["文件名含有不允许的字符", "请换一个名称"],
  name_reserved: ["文件名在某些系统上另有含义", "请换一个名称"],
  name_too_long: ["文件名超过 $most 字节", "请换一个名称"],
  name_twice: ["同时发送了另一个同名文件", "请逐个发送"],
};
const STAGES = { read: "读取", cut: "切段", "merged rank": "合并排名", evidence: "依据", answer: "答案" };
const SEARCHES = { words: "按词", vectors: "按语义", graph: "按图谱", exact: "按原文" };

let language = "en";

/** The word for `key` in the language of the page; {name} becomes a value, {name|one|more} a word as that value asks for. */
function t(key, values = {}) {
  const word = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return word.replace(/\{(\w+)(?:\|(\w+)\|(\w+))?\}/g, (whole, name, one, more) => {
    if (!(name in values)) return whole;
    return one === undefined ? String(values[name]) : String(values[name]) === "1" ? one : more;
  });
}

const number = (value) => new Intl.NumberFormat(language).format(value);
const percent = (value) => new Intl.NumberFormat(language, { style: "percent" }).format(value);

/** Chinese text is marked as such, so that it gets its letters and its voice. */
const tongue = (text) => (/[\u3400-\u9fff]/.test(text) ? { lang: "zh" } : {});

function stageName(name) {
  if (language !== "zh") return name;
  return STAGES[name] ?? name.replace(/^rank by (.*)$/, (_, by) => `排名：${searchName(by)}`);
}

/** Which searches found something, as `words+vectors`. */
const searchName = (by) => by.split("+").map((one) => SEARCHES[one] ?? one).join("＋");

function finding(text) {
  if (language !== "zh") return text;
  for (const [pattern, words, tell = finding] of FINDINGS) {
    const match = pattern.exec(text);
    if (match) return words.replace(/\$(\d)/g, (_, n) => tell(match[n]));
  }
  return text;
}

/** Why a file was not taken, and what to do. */
function reasonOf({ reason, hint: way, code, values = {} }) {
  const known = language === "zh" && REASONS[code];
  if (!known) return { text: [reason, way].filter(Boolean).join("; "), lang: "en" };
  const filled = known[0].replace(/\$(\w+)/g, (whole, name) => values[name] ?? "");
  return { text: [filled, way && known[1]].filter(Boolean).join("；") };
}

/* ---- Elements ------------------------------------------------------------------------------------------------- */

const $ = (id) => document.getElementById(id);

/** An element. Strings among `children` become text; `on` has listeners, `data` and `aria` attributes of their kind. */
function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, call] of Object.entries(value)) made.addEventListener(event, call);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "aria") for (const [key, word] of Object.entries(value)) made.setAttribute(`aria-${key}`, word);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  const use = document.createElementNS(ns, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const button = (label, click, props = {}) => el("button", { type: "button", on: { click }, ...props }, label);

const iconButton = (name, label, click, props = {}) =>
  el("button", { type: "button", class: "icon", title: label, aria: { label }, on: { click }, ...props }, icon(name));

/** Tell a screen reader. */
function say(text) {
  $("say").textContent = "";
  setTimeout(() => ($("say").textContent = text), 30);
}

/** A short word at the edge of the page. */
function toast(text, ms = 4000) {
  const one = el("p", {}, text);
  $("toasts").append(one);
  if (ms) setTimeout(() => one.remove(), ms);
  return one;
}

/** Characters are counted by the server as code points; a script's strings count halves of the rarer ones twice. */
function counted(text) {
  if (!/[\ud800-\udfff]/.test(text)) return { length: text.length, cut: (from, to) => text.slice(from, to) };
  const points = Array.from(text);
  return { length: points.length, cut: (from, to) => points.slice(from, to).join("") };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const narrow = () => matchMedia("(max-width: 52rem)").matches;
const touched = () => matchMedia("(pointer: coarse)").matches;
const covering = () => matchMedia("(max-width: 72rem)").matches;

/* ---- What is remembered --------------------------------------------------------------------------------------- */

const state = {
  about: null,
  talks: [],
  talk: null,
  turns: new Map(), // id of a turn -> its element
  running: null, // {turn, abort}
  scope: null, // the source that is asked, where it is one only
  views: [], // of the panel, the shown one last
  opener: null,
  jobs: [],
};

/** localStorage and sessionStorage may be forbidden; the page then works without a memory. */
function remembered(where, name) {
  try {
    return window[where].getItem(`raglan.${name}`);
  } catch {
    return null;
  }
}

function remember(where, name, value) {
  try {
    if (value === null) window[where].removeItem(`raglan.${name}`);
    else window[where].setItem(`raglan.${name}`, value);
    return true;
  } catch {
    return false;
  }
}

/** Conversations of one key are not shown under another: a short sum of the key stands in their names. */
function drawer() {
  const key = remembered("sessionStorage", "key");
  if (!key) return "talk.";
  let sum = 0x811c9dc5;
  for (const letter of key) sum = Math.imul(sum ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return `talk.${sum.toString(36)}.`;
}

function talksKept() {
  const found = [];
  const start = `raglan.${drawer()}`;
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(start) || name.slice(start.length).includes(".")) continue;
      const talk = JSON.parse(localStorage.getItem(name));
      if (talk?.id && Array.isArray(talk.turns)) found.push(talk);
    }
  } catch {
    // Unreadable ones are left alone.
  }
  return found.sort((one, other) => other.at - one.at);
}

/** Keep a conversation; where there is no room, the oldest ones go first. */
function keep(talk) {
  if (!talk.turns.length) return;
  const text = JSON.stringify(talk);
  while (!remember("localStorage", drawer() + talk.id, text)) {
    const oldest = state.talks.findLast((one) => one !== talk && remembered("localStorage", drawer() + one.id));
    if (!oldest) return void toast(t("unsaved"));
    forget(oldest);
  }
}

function forget(talk) {
  remember("localStorage", drawer() + talk.id, null);
  state.talks = state.talks.filter((one) => one !== talk);
}

const fresh = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

/* ---- The server ----------------------------------------------------------------------------------------------- */

class Trouble extends Error {
  constructor(word, detail = "", code = "") {
    super(t(word));
    this.word = word;
    this.detail = detail;
    this.code = code;
  }

  /** All that is to be told of it, in one line. */
  get said() {
    return [t(this.word), moreOf(this)].filter(Boolean).join(" ");
  }
}

// What went wrong, by the server's code and else by its status.
const BY_CODE = {
  busy: "busy",
  stopping: "busy",
  not_ready: "busy",
  rate: "rate",
  late: "timeout",
  too_large: "tooLarge",
  store: "storeBusy",
  generator: "noWriter",
  scope: "forbidden",
  groups: "groups",
  masked: "masked",
  host: "host",
  not_found: "gone",
  no_key: "noKey",
};

const BY_STATUS = { 403: "forbidden", 404: "gone", 408: "timeout", 413: "tooLarge", 429: "busy", 503: "busy", 504: "timeout" };

async function troubleOf(reply) {
  let told = {};
  try {
    told = (await reply.json()).error ?? {};
  } catch {
    // Not of our making: a proxy, perhaps.
  }
  return refusal(reply.status, told);
}

const refusal = (status, { code = "", message } = {}) => new Trouble(BY_CODE[code] ?? BY_STATUS[status] ?? "wrong", message ?? `HTTP ${status}`, code);

/** What more the server says of it, which it does in English: in Chinese left out where our own word says as much. */
const moreOf = ({ detail, code }) => (language === "zh" && BY_CODE[code] && code !== "generator" ? "" : detail);

const unreached = () => new Trouble(navigator.onLine === false ? "offline" : "unreachable");

/** Wait `seconds`, telling `wait` how many are left; ends early, with an error, when `signal` is aborted. */
function pause(seconds, signal, wait) {
  return new Promise((resolve, reject) => {
    const until = Date.now() + seconds * 1000;
    const stop = () => {
      clearInterval(clock);
      reject(new DOMException("stopped", "AbortError"));
    };
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) return wait?.(left);
      clearInterval(clock);
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const clock = setInterval(tick, 250);
    signal?.addEventListener("abort", stop, { once: true });
    tick();
  });
}

const MOST_TRIES = 6;
const MOST_WAIT = 60; // seconds

function waitOf(reply) {
  const told = reply.headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
  return Math.min(MOST_WAIT, Math.max(1, Number.isFinite(seconds) ? seconds : 2));
}

/** A request with the key; asks for one if need be, and waits its turn when the server is busy. */
async function call(path, { method = "GET", body, signal, wait = waitInToast } = {}) {
  for (let tries = 1; ; tries += 1) {
    const headers = { Accept: "application/json" };
    const key = remembered("sessionStorage", "key") ?? state.key;
    if (key) headers.Authorization = `Bearer ${key}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let reply;
    try {
      reply = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
    } catch (error) {
      throw signal?.aborted ? error : unreached();
    }
    if (reply.status === 401) {
      if (!(await askKey(key))) throw new Trouble("noKey");
    } else if ((reply.status === 429 || reply.status === 503) && reply.headers.has("Retry-After") && tries < MOST_TRIES) {
      await pause(waitOf(reply), signal, wait);
      wait?.(0);
    } else if (reply.ok) return reply;
    else throw await troubleOf(reply);
  }
}

let waitNote = null;

function waitInToast(seconds) {
  if (!seconds) {
    waitNote?.remove();
    waitNote = null;
  } else {
    waitNote ??= toast("", 0);
    waitNote.textContent = t("waiting", { s: seconds });
  }
}

async function get(path, options) {
  const reply = await call(path, options);
  try {
    return await reply.json();
  } catch {
    throw new Trouble("odd");
  }
}

const post = (path, body, options = {}) => get(path, { method: "POST", body, ...options });

/** The id of a document as a path: its slashes stay, all else is escaped. */
const pathOf = (id) => id.split("/").map(encodeURIComponent).join("/");

/** Server-sent events of a reply, as [name, object]. */
async function* events(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const parts = rest.split(/\r?\n\r?\n/);
    rest = parts.pop();
    if (done && rest.trim()) parts.push(rest);
    for (const part of parts) {
      let name = "message";
      const data = [];
      for (const line of part.split(/\r?\n/)) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      if (data.length && data[0] !== "[DONE]") yield [name, JSON.parse(data.join("\n"))];
    }
    if (done) return;
  }
}

/* ---- Dialogs: a question that must be answered first ---------------------------------------------------------- */

/** Show a form in the dialog; resolves to what `value` makes of it, or to null. */
function dialog({ title, hint, fields = [], yes, danger = false, value = () => true }) {
  return new Promise((resolve) => {
    const box = $("box");
    if (box.open) box.close();
    const back = document.activeElement;
    const trouble = el("p", { class: "wrong", role: "alert" });
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", { id: "box-title" }, title),
      hint && el("p", { class: "soft" }, hint),
      fields,
      trouble,
      el(
        "div",
        { class: "row end" },
        button(t("cancel"), () => box.close()),
        el("button", { type: "submit", class: danger ? "danger" : "strong" }, yes),
      ),
    );
    let result = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        result = value();
        box.close();
      } catch (error) {
        trouble.textContent = error.message;
      }
    });
    box.addEventListener(
      "close",
      () => {
        box.replaceChildren();
        resolve(result);
        if (back?.isConnected) back.focus();
      },
      { once: true },
    );
    box.replaceChildren(form);
    box.showModal();
    (form.querySelector("input, textarea") ?? form.querySelector("button")).focus();
  });
}

let asking = null;

/** Ask for a key, once for all requests that wait for it. `used` is the one that was refused. */
function askKey(used) {
  const now = remembered("sessionStorage", "key") ?? state.key;
  if (now && now !== used) return Promise.resolve(true);
  asking ??= keyDialog(used).finally(() => (asking = null));
  return asking;
}

async function keyDialog(used) {
  const input = el("input", { id: "key-input", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const key = await dialog({
    title: t("keyTitle"),
    hint: used ? t("keyBad") : t("keyHint"),
    fields: [el("label", { for: "key-input" }, t("keyLabel")), input],
    yes: t("keyUse"),
    value: () => {
      const text = input.value.trim();
      if (!/^[\x21-\x7e]+$/.test(text)) throw new Error(t("keyOdd"));
      return text;
    },
  });
  if (!key) return false;
  state.key = key;
  remember("sessionStorage", "key", key);
  texts.clear();
  $("key").hidden = false;
  state.talks = talksKept();
  drawTalks();
  return true;
}

function forgetKey() {
  state.key = null;
  remember("sessionStorage", "key", null);
  location.reload();
}

/* ---- Asking --------------------------------------------------------------------------------------------------- */

const REMEMBERED_TURNS = 6;
const LONGEST_SAID = 8_000; // characters of an answer that go with the next question

/** What a turn asks, as it stands alone: a choice in full, or a follow-up as the server completed it. */
const whole = (turn) => turn.choice?.question ?? turn.reply?.searched_for ?? turn.question;

function historyOf(talk, turn) {
  const before = talk.turns.slice(0, talk.turns.indexOf(turn)).filter((one) => one.reply);
  return before.slice(-REMEMBERED_TURNS).flatMap((one) => {
    const said = (one.reply.clarify?.question || one.reply.answer).slice(0, LONGEST_SAID);
    return [{ role: "user", text: whole(one) }, ...(said ? [{ role: "assistant", text: said }] : [])];
  });
}

function send(question, choice = null) {
  if (state.running || !question.trim()) return;
  if (!state.talk) {
    state.talk = { id: fresh(), title: question.trim().slice(0, 80), at: Date.now(), turns: [] };
    state.talks.unshift(state.talk);
  }
  const turn = { id: fresh(), question: question.trim(), at: Date.now(), source: state.scope, choice, reply: null };
  state.talk.turns.push(turn);
  state.talk.at = Date.now();
  drawTalk({ anew: state.talk.turns.length === 1 });
  state.turns.get(turn.id).scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  return run(state.talk, turn);
}

/** Put a turn's question to the server and draw what comes. */
async function run(talk, turn) {
  const abort = new AbortController();
  Object.assign(turn, { reply: null, trouble: null, partial: "", stopped: false, reading: 0 });
  state.running = { turn, abort };
  toggleStop(true);
  redraw(turn);
  say(t("searching"));
  try {
    // A choice says in full what is asked: it needs no history to be understood.
    const body = turn.choice
      ? { question: turn.choice.question, where: turn.choice.where, stream: true }
      : { question: turn.question, history: historyOf(talk, turn), stream: true };
    if (turn.source) body.where = { ...body.where, source: turn.source };
    const wait = (seconds) => {
      turn.wait = seconds;
      redraw(turn);
    };
    for (let tries = 1; !turn.reply; tries += 1) {
      const reply = await call("/v1/answer", { method: "POST", body, signal: abort.signal, wait });
      try {
        await receive(turn, reply);
      } catch (error) {
        // A stream may have begun before the server knew that it is too busy.
        if (error.word !== "busy" || turn.partial || tries >= MOST_TRIES) throw error;
        await pause(2 * tries, abort.signal, wait);
        wait(0);
      }
    }
  } catch (error) {
    if (abort.signal.aborted) turn.stopped = true;
    else turn.trouble = error instanceof Trouble ? { word: error.word, detail: error.detail, code: error.code } : { word: "broken", detail: "" };
  }
  state.running = null;
  toggleStop(false);
  talk.at = Date.now();
  // It may have been deleted meanwhile.
  if (state.talks.includes(talk)) keep(talk);
  redraw(turn);
  drawTalks();
  announce(turn);
}

async function receive(turn, reply) {
  if (!reply.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    turn.reply = await reply.json();
    return;
  }
  for await (const [name, data] of events(reply)) {
    if (name === "evidence") turn.reading = data.evidence.length;
    else if (name === "delta") turn.partial += data.text;
    else if (name === "answer") Object.assign(turn, { reply: data, partial: "" });
    else if (name === "error") throw new Trouble(BY_CODE[data.code] ?? "wrong", data.message, data.code);
    if (name === "answer") return;
    progress(turn);
  }
  throw new Trouble("broken");
}

function announce(turn) {
  const { reply } = turn;
  if (turn.trouble) say(t(turn.trouble.word));
  else if (!reply) say(t("stoppedEmpty"));
  else if (reply.clarify) say(t("askedBack", { text: reply.clarify.question }));
  else if (reply.abstained) say(t("abstained"));
  else say(t("answered", { text: reply.answer, n: numbered(reply.citations).list.length }));
}

function toggleStop(running) {
  const held = document.activeElement === $("send") || document.activeElement === $("stop");
  $("send").hidden = running;
  $("stop").hidden = !running;
  if (held) (running ? $("stop") : $("question")).focus({ preventScroll: true });
}

/* ---- An answer ------------------------------------------------------------------------------------------------ */

/** Sources in the order of their marks; citations of the same characters share a number. */
function numbered(citations) {
  const numbers = new Map();
  const list = [];
  for (const one of [...citations].sort((a, b) => a.answer_end - b.answer_end)) {
    const key = `${one.document}\n${one.start}\n${one.end}`;
    if (!numbers.has(key)) {
      numbers.set(key, numbers.size + 1);
      list.push(one);
    }
    one.number = numbers.get(key);
  }
  return { list, of: (one) => one.number };
}

/** What was sent to the server lies in a folder of that name, which nobody needs to read. */
const nameOf = (id) => id.replace(/^uploads\//, "");

const placeOf = (one) => (one.page ? [nameOf(one.document), t("page", { n: one.page })].join(language === "zh" ? "，" : ", ") : nameOf(one.document));

/** The passage that a citation is part of, as the evidence tells it; what was kept of older answers does not name it. */
function passageOf(reply, one) {
  const own = reply.evidence.filter((piece) => piece.document === one.document);
  const named = own.find((piece) => piece.passage === one.passage);
  return named ?? own.find((piece) => piece.text.includes(one.quote)) ?? own[0] ?? reply.evidence[0];
}

const MOST_MARKS = 4; // at one place, one by one

/** The text of an answer, each cited stretch followed by its marks. */
function prose(turn) {
  const { answer, citations } = turn.reply;
  const text = counted(answer);
  const edges = new Set([0, text.length]);
  for (const one of citations) edges.add(one.answer_start).add(one.answer_end);
  const at = [...edges].filter((edge) => edge >= 0 && edge <= text.length).sort((a, b) => a - b);
  const body = el("div", { class: "prose", ...tongue(answer) });
  const write = writer(body);
  at.slice(0, -1).forEach((from, i) => {
    const to = at[i + 1];
    const over = citations.filter((one) => one.answer_start <= from && to <= one.answer_end);
    const by = [...new Set(over.map((one) => one.number))].join(" ");
    const ends = new Map(citations.filter((one) => one.answer_end === to).map((one) => [one.number, one]));
    const made = ends.size > MOST_MARKS ? [marks(turn, [...ends.keys()])] : [...ends.values()].map((one) => mark(turn, one));
    write(text.cut(from, to), by, made);
  });
  return body;
}

/** Writes an answer line by line; a line that begins with a dash hangs from it. */
function writer(body) {
  let line = null;
  const put = (words, by) => {
    if (!line.textContent && words.startsWith("- ")) line.className = "item";
    if (words) line.append(by ? el("span", { class: "said", data: { by } }, words) : words);
  };
  return (words, by, made) => {
    const parts = words.split("\n");
    parts.forEach((part, i) => {
      if (i || !line) body.append((line = el("p")));
      if (i < parts.length - 1 || !made.length) return put(part, by);
      // A mark does not begin a line: the end of the last word goes with it.
      const tail = ending(part);
      put(part.slice(0, part.length - tail.length), by);
      return line.append(el("span", { class: "tie" }, el("span", { class: "said", data: { by } }, tail), made));
    });
  };
}

/** The last word of a text, or its last two characters where words are not set apart. */
function ending(text) {
  const word = /\S{0,16}$/.exec(text)[0];
  return /[\u3000-\u9fff\uff00-\uffef]/.test(word) ? Array.from(word).slice(-2).join("") : word;
}

function mark(turn, one) {
  const label = t("source", { n: one.number, where: placeOf(one) });
  const made = el("button", { type: "button", class: "mark", aria: { label }, data: { number: one.number } }, String(one.number));
  const lit = (on) => {
    light(turn, one.number, on);
    if (on) hint(turn, made, one);
    else unhint();
  };
  made.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && lit(true));
  made.addEventListener("pointerleave", () => lit(false));
  made.addEventListener("focus", () => made.matches(":focus-visible") && lit(true));
  made.addEventListener("blur", () => lit(false));
  made.addEventListener("click", () => {
    unhint();
    openCitation(one, made);
  });
  return made;
}

/** Many marks at one place, as one that leads to the list of sources. */
function marks(turn, numbers) {
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)];
  const open = () => {
    const root = state.turns.get(turn.id);
    const list = root.querySelector(".sources");
    if (list.parentNode.tagName === "DETAILS") list.parentNode.open = true;
    const first = list.querySelector(`[data-number="${from}"] .source`);
    first.scrollIntoView({ block: "center" });
    first.focus();
  };
  return button(`${from}–${to}`, open, { class: "mark", aria: { label: t("sourcesAt", { from, to }) } });
}

function light(turn, number, on) {
  const root = state.turns.get(turn.id);
  root?.querySelectorAll(`.said[data-by~="${number}"], .sources li[data-number="${number}"]`).forEach((part) => part.classList.toggle("lit", on));
}

/** What is cited, within the words around it, under the mark that leads there. */
function hint(turn, beside, one) {
  const box = $("hint");
  const passage = passageOf(turn.reply, one)?.text ?? "";
  const at = passage.indexOf(one.quote);
  const [before, after] = at < 0 ? ["", ""] : [passage.slice(0, at), passage.slice(at + one.quote.length)];
  box.replaceChildren(
    el("p", { class: "quote", ...tongue(one.quote) }, flat(shortened(before, -80)), " ", el("mark", {}, flat(one.quote)), " ", flat(shortened(after, 120))),
    el("p", { class: "soft" }, placeOf(one)),
  );
  box.hidden = false;
  beside.setAttribute("aria-describedby", "hint");
  const place = beside.getBoundingClientRect();
  const room = $("main").getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const below = place.bottom + 8;
  box.style.left = `${Math.max(room.left + 12, Math.min(place.left - 24, room.right - size.width - 12))}px`;
  box.style.top = `${below + size.height < innerHeight ? below : place.top - size.height - 8}px`;
}

/** The first characters of a text, or its last if `most` is negative, cut between words. */
function shortened(text, most) {
  if (text.length <= Math.abs(most)) return text;
  if (most < 0) return `…${text.slice(most).replace(/^[^\s\u3000-\u9fff]*\s/, "")}`;
  return `${text.slice(0, most).replace(/\s[^\s\u3000-\u9fff]*$/, "")}…`;
}

function unhint() {
  $("hint").hidden = true;
  document.querySelector("[aria-describedby=hint]")?.removeAttribute("aria-describedby");
}

const flat = (text) => text.replace(/\s+/g, " ").trim();

/** The list of sources; words that the answer repeats as they are need not be read twice. */
function sources(turn, list) {
  const said = flat(turn.reply.answer);
  const item = (one) =>
    el(
      "li",
      { data: { number: one.number } },
      el(
        "button",
        {
          type: "button",
          class: "source",
          on: {
            click: (event) => openCitation(one, event.currentTarget),
            pointerenter: () => light(turn, one.number, true),
            pointerleave: () => light(turn, one.number, false),
          },
        },
        el("span", { class: "n" }, String(one.number)),
        el("span", { class: "place" }, placeOf(one)),
        !said.includes(flat(one.quote)) && el("span", { class: "quote", ...tongue(one.quote) }, flat(one.quote)),
      ),
    );
  const many = list.length > 6;
  const brief = list.every((one) => said.includes(flat(one.quote)));
  const made = el("ol", { class: brief ? "sources brief" : "sources", aria: { label: t("sources") } }, list.map(item));
  if (!many) return made;
  return el("details", { class: "more" }, el("summary", {}, `${t("sources")} (${number(list.length)})`), made);
}

const sureness = (value) => t(value >= 0.75 ? "sure" : value >= 0.45 ? "fairly" : "unsure");

/** What other versions of what is cited say, or it of itself; each opens there. */
function notes(turn) {
  // Answers from before this was told have none.
  const told = turn.reply.notes ?? [];
  if (!told.length) return null;
  const item = (one) =>
    el(
      "li",
      {},
      el("p", { class: "soft" }, t(`note${one.kind}`), " ", button(nameOf(one.document), (event) => openCitation(one, event.currentTarget), { class: "link" })),
      el("p", { class: "clamp", ...tongue(one.text) }, one.text),
    );
  return el("ul", { class: "near notes" }, told.map(item));
}

function quietly({ confidence, coverage, seconds }) {
  const parts = [];
  // An answer about all passages is as sure as the share that was read, which is told in its place.
  if (!coverage) parts.push(el("span", { title: t("confidence", { p: percent(confidence) }) }, `${sureness(confidence)} · ${percent(confidence)}`));
  if (coverage) parts.push(el("span", {}, t("coverage", { read: number(coverage.read), matching: number(coverage.matching) })));
  const all = Object.values(seconds ?? {}).reduce((sum, one) => sum + one, 0);
  if (all >= 0.05) parts.push(el("span", {}, t("seconds", { s: all.toFixed(all < 10 ? 1 : 0) })));
  return el("p", { class: "quiet" }, parts);
}

function tools(turn) {
  const judged = turn.verdict;
  return el(
    "div",
    { class: "tools" },
    iconButton("copy", t("copy"), () => copy(turn)),
    iconButton("up", t("good"), () => praise(turn), { class: `icon${judged === 1 ? " on" : ""}`, aria: { label: t("good"), pressed: judged === 1 } }),
    iconButton("down", t("bad"), () => blame(turn), { class: `icon${judged === -1 ? " on" : ""}`, aria: { label: t("bad"), pressed: judged === -1, expanded: Boolean(turn.blaming) } }),
    iconButton("why", t("why"), (event) => openWhy(whole(turn), "", event.currentTarget, turn.source)),
    iconButton("graph", t("graphOf"), (event) => openGraph({ passages: restsOn(turn.reply) }, event.currentTarget)),
  );
}

/** Passages with their weights as bars, the heaviest first. */
function evidence(turn) {
  const pieces = [...turn.reply.evidence].sort((a, b) => b.weight - a.weight);
  if (!pieces.length) return null;
  const most = pieces[0].weight || 1;
  const item = (piece) => {
    const bar = el("span", { class: "bar" });
    bar.style.width = `${Math.max(1, (100 * piece.weight) / most)}%`;
    return el(
      "li",
      {},
      el(
        "p",
        { class: "row" },
        button(nameOf(piece.document), (event) => openPassage(piece, event.currentTarget), { class: "link" }),
        el("span", { class: "value", title: t("weight", { p: percent(piece.weight) }) }, percent(piece.weight)),
      ),
      el("span", { class: "track", role: "img", aria: { label: t("weight", { p: percent(piece.weight) }) } }, bar),
      el("p", { class: "clamp", ...tongue(piece.text) }, piece.text),
    );
  };
  const made = el(
    "details",
    { class: "more evidence" },
    el("summary", {}, t("evidence", { n: number(pieces.length) })),
    el("ol", { class: "bars" }, pieces.map(item)),
  );
  made.open = Boolean(turn.opened);
  made.addEventListener("toggle", () => (turn.opened = made.open));
  return made;
}

/* ---- Not in the documents; a question back -------------------------------------------------------------------- */

const NEAREST = 3;

function abstention(turn) {
  const near = turn.reply.evidence.slice(0, NEAREST);
  const item = (piece) =>
    el(
      "li",
      {},
      button(nameOf(piece.document), (event) => openPassage(piece, event.currentTarget), { class: "link" }),
      el("p", { class: "clamp", ...tongue(piece.text) }, piece.text),
      turn.right === piece.passage
        ? el("p", { class: "quiet" }, t("thanks"))
        : button(t("rightOne"), () => point(turn, piece), { class: "small-button" }),
    );
  return [
    el("p", { class: "prose none" }, t("abstained")),
    el("p", { class: "soft" }, t(near.length ? "abstainedHint" : "abstainedBare")),
    near.length ? el("ul", { class: "near" }, near.map(item)) : null,
    el(
      "div",
      { class: "tools wordy" },
      button(t("search"), () => searchInstead(turn)),
      button(t("why"), (event) => openWhy(whole(turn), "", event.currentTarget, turn.source)),
    ),
    turn.hits && found(turn),
  ];
}

function found(turn) {
  if (!turn.hits.length) return el("p", { class: "soft" }, t("nothingFound"));
  const item = (hit) =>
    el(
      "li",
      {},
      button(nameOf(hit.document), (event) => openDocument(hit.document, { start: hit.start, end: hit.end }, event.currentTarget), { class: "link" }),
      el("p", { class: "clamp", ...tongue(hit.text) }, hit.text),
    );
  return [el("p", { class: "soft" }, t("found", { n: number(turn.hits.length) })), el("ol", { class: "near hits" }, turn.hits.map(item))];
}

async function searchInstead(turn) {
  const body = { query: whole(turn), k: 10 };
  if (turn.source) body.where = { source: turn.source };
  await trying(async () => {
    turn.hits = (await post("/v1/search", body)).hits;
    redraw(turn);
    say(turn.hits.length ? t("found", { n: turn.hits.length }) : t("nothingFound"));
    state.turns.get(turn.id).querySelector(".hits .link")?.focus();
  });
}

function clarification(turn) {
  const { question, options, queries = [] } = turn.reply.clarify;
  const answered = state.talk.turns.at(-1) !== turn;
  return [
    el("p", { class: "prose", ...tongue(question) }, question),
    options.length
      ? el(
          "div",
          { class: "choices", role: "group", aria: { label: t("choose") } },
          options.map((option, at) => button(option, () => send(option, queries[at] ?? null), { class: "choice", disabled: answered, ...tongue(option) })),
        )
      : null,
  ];
}

/* ---- What people say of an answer ----------------------------------------------------------------------------- */

/** Run what may fail; its trouble is told at the edge of the page. */
async function trying(work) {
  try {
    return await work();
  } catch (error) {
    const trouble = error instanceof Trouble ? error : new Trouble("odd");
    toast(trouble.said, 8000);
    return undefined;
  }
}

function judge(turn, passage, verdict, note) {
  const body = { query: whole(turn), passage, verdict };
  if (note) body.note = note;
  if (turn.reply.id) body.answer_id = turn.reply.id;
  return post("/v1/feedback", body);
}

function cited(turn) {
  const { reply } = turn;
  const named = reply.citations.map((one) => one.passage ?? passageOf(reply, one)?.passage);
  const passages = [...new Set(named.length ? named.filter(Boolean) : reply.evidence.slice(0, 1).map((piece) => piece.passage))];
  if (!passages.length) throw new Trouble("gone");
  return passages;
}

function judged(turn, verdict) {
  turn.verdict = verdict;
  turn.blaming = false;
  keep(state.talk);
  redraw(turn);
  toast(t("thanks"));
  state.turns.get(turn.id).querySelector(`.tools [aria-pressed=true]`)?.focus();
}

async function praise(turn) {
  await trying(async () => {
    for (const passage of cited(turn)) await judge(turn, passage, 1);
    judged(turn, 1);
  });
}

async function point(turn, piece) {
  await trying(async () => {
    await judge(turn, piece.passage, 1);
    turn.right = piece.passage;
    keep(state.talk);
    redraw(turn);
    toast(t("thanks"));
  });
}

function blame(turn) {
  turn.blaming = !turn.blaming;
  redraw(turn);
  const form = state.turns.get(turn.id).querySelector(".blame textarea");
  (form ?? state.turns.get(turn.id).querySelector(".tools [aria-expanded]")).focus();
}

function blaming(turn) {
  const name = `right-${turn.id}`;
  const note = el("textarea", { id: `note-${turn.id}`, rows: 2, maxlength: 2000 });
  const choice = (piece) =>
    el(
      "label",
      { class: "pick" },
      el("input", { type: "radio", name, value: piece?.passage ?? "", checked: !piece }),
      el("span", {}, piece ? el("b", {}, nameOf(piece.document)) : t("noneOfThese"), piece && el("span", { class: "clamp", ...tongue(piece.text) }, piece.text)),
    );
  const submit = async (event) => {
    event.preventDefault();
    const right = new FormData(event.currentTarget).get(name);
    await trying(async () => {
      for (const passage of cited(turn)) if (passage !== right) await judge(turn, passage, -1, note.value.trim());
      if (right) await judge(turn, right, 1, note.value.trim());
      judged(turn, -1);
    });
  };
  return el(
    "form",
    { class: "blame", on: { submit } },
    el("label", { for: note.id }, t("wrongTitle")),
    note,
    el("fieldset", {}, el("legend", {}, t("wrongPassage")), choice(null), turn.reply.evidence.slice(0, 6).map(choice)),
    el("div", { class: "row end" }, button(t("cancel"), () => blame(turn)), el("button", { type: "submit", class: "strong" }, t("sendFeedback"))),
  );
}

/* ---- Copying and saving --------------------------------------------------------------------------------------- */

/** An answer as Markdown, with numbers behind what is cited. */
function written(reply) {
  if (reply.clarify) return [reply.clarify.question, ...reply.clarify.options.map((one) => `- ${one}`)].join("\n");
  if (reply.abstained) return t("abstained");
  const { list } = numbered(reply.citations);
  const text = counted(reply.answer);
  let out = "";
  let at = 0;
  for (const end of [...new Set(reply.citations.map((one) => one.answer_end))].sort((a, b) => a - b)) {
    const numbers = new Set(reply.citations.filter((one) => one.answer_end === end).map((one) => one.number));
    out += `${text.cut(at, end)} ${[...numbers].map((n) => `[${n}]`).join(" ")}`;
    at = end;
  }
  out += text.cut(at, text.length);
  const lines = list.map((one) => `[${one.number}] ${placeOf(one)} (${one.start}–${one.end}): ${flat(one.quote)}`);
  return lines.length ? `${out}\n\n${lines.join("\n")}` : out;
}

async function copy(turn) {
  const text = written(turn.reply);
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(copiedByHand(text) ? t("copied") : t("copyFailed"));
  }
}

/** The older way, for pages that are not served over TLS. */
function copiedByHand(text) {
  const back = document.activeElement;
  const area = el("textarea", { class: "sr", aria: { hidden: "true" } });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  back?.focus();
  return done;
}

function download(blob, name) {
  const link = el("a", { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function exportTalk(talk) {
  const date = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  const parts = talk.turns.map(
    (turn) => `## ${turn.question}\n\n*${t("exported", { date: date.format(turn.at) })}*\n\n${turn.reply ? written(turn.reply) : (turn.partial ?? "")}\n`,
  );
  const name = talk.title.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 60) || "raglan";
  download(new Blob([`# ${talk.title}\n\n${parts.join("\n")}`], { type: "text/markdown;charset=utf-8" }), `${name}.md`);
}

/* ---- The conversation ----------------------------------------------------------------------------------------- */

function drawTurn(turn) {
  const heading = el("h2", { class: "asked", id: `q-${turn.id}`, ...tongue(turn.question) }, turn.question);
  const made = el("article", { class: "turn", aria: { labelledby: heading.id } }, heading, turn.source && el("p", { class: "scoped" }, t("where", { name: nameOf(turn.source) })));
  if (whole(turn) !== turn.question) made.append(el("p", { class: "scoped", ...tongue(whole(turn)) }, t("searchedFor", { text: whole(turn) })));
  made.append(...replyOf(turn).filter(Boolean).flat(3).filter(Boolean));
  state.turns.set(turn.id, made);
  return made;
}

function replyOf(turn) {
  if (turn.reply?.clarify) return clarification(turn);
  if (turn.reply?.abstained) return abstention(turn);
  if (turn.reply) {
    const { list } = numbered(turn.reply.citations);
    return [
      prose(turn),
      list.length ? sources(turn, list) : null,
      notes(turn),
      el("div", { class: "foot" }, quietly(turn.reply), tools(turn)),
      turn.blaming ? blaming(turn) : null,
      evidence(turn),
    ];
  }
  const partial = el("p", { class: "prose partial", ...tongue(turn.partial ?? "") }, turn.partial ?? "");
  if (turn.trouble) return [turn.partial ? partial : null, troubled(turn)];
  if (turn.stopped) return [partial, el("p", { class: "soft" }, t(turn.partial ? "stopped" : "stoppedEmpty")), again(turn)];
  if (state.running?.turn === turn) return [partial, el("p", { class: "busy" }, busyWord(turn))];
  return [el("p", { class: "soft" }, t("cut")), again(turn)];
}

const again = (turn) => el("div", { class: "tools wordy" }, button(t("retry"), () => !state.running && run(state.talk, turn)));

function troubled(turn) {
  const { word } = turn.trouble;
  const detail = moreOf(turn.trouble);
  return el("div", { class: "trouble", role: "alert" }, el("p", {}, t(word)), detail && el("p", { class: "soft" }, detail), again(turn));
}

function busyWord(turn) {
  if (turn.wait) return t("waiting", { s: turn.wait });
  return turn.reading ? t("writing", { n: number(turn.reading) }) : t("searching");
}

/** What a stream has brought so far, without drawing the rest anew. */
function progress(turn) {
  const root = state.turns.get(turn.id);
  if (!root?.isConnected) return;
  const follow = nearEnd();
  root.querySelector(".partial").textContent = turn.partial;
  root.querySelector(".partial").lang = tongue(turn.partial).lang ?? "";
  root.querySelector(".busy").textContent = busyWord(turn);
  if (follow) $("talk").scrollTop = $("talk").scrollHeight;
}

function nearEnd() {
  const box = $("talk");
  return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
}

function redraw(turn) {
  const old = state.turns.get(turn.id);
  if (old?.isConnected) old.replaceWith(drawTurn(turn));
}

function drawTalk({ anew = true } = {}) {
  const { talk } = state;
  const box = $("talk");
  $("main").classList.toggle("empty", !talk);
  $("talk-tools").hidden = !talk;
  $("title").textContent = talk?.title ?? "Raglan";
  $("title").lang = tongue(talk?.title ?? "").lang ?? "";
  document.title = talk ? `${talk.title} · Raglan` : "Raglan";
  $("question").placeholder = t(talk ? "askMore" : "ask");
  if (!talk) {
    state.turns.clear();
    box.replaceChildren(greeting());
  } else if (anew) {
    state.turns.clear();
    box.replaceChildren(...talk.turns.map(drawTurn));
  } else {
    for (const turn of talk.turns) {
      const old = state.turns.get(turn.id);
      if (!old) box.append(drawTurn(turn));
      else if (turn.reply?.clarify) redraw(turn);
    }
  }
  drawTalks();
}

function greeting() {
  const { about } = state;
  if (about && !about.documents) {
    return el(
      "div",
      { class: "hello" },
      el("h2", {}, t("empty")),
      el("p", { class: "soft" }, t(may("write") ? "emptyHint" : "writeNeeded")),
      may("write") && button(t("addFiles"), () => $("files").click(), { class: "strong" }),
    );
  }
  return el(
    "div",
    { class: "hello" },
    el("h2", {}, t("hello")),
    el("p", { class: "soft" }, t("helloHint")),
    about && el("p", { class: "quiet" }, t("holds", { documents: number(about.documents), passages: number(about.passages) })),
  );
}

const may = (scope) => {
  const scopes = state.about?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes("admin") || scopes.includes("all") || scopes.includes("*");
};

function drawTalks() {
  const item = (talk) =>
    el(
      "li",
      {},
      button(talk.title, () => show(talk), { class: "talk", aria: talk === state.talk ? { current: "true" } : {}, title: talk.title, ...tongue(talk.title) }),
    );
  $("talks").replaceChildren(...(state.talks.length ? state.talks.map(item) : [el("li", { class: "soft" }, t("noTalks"))]));
}

function show(talk) {
  state.running?.abort.abort();
  state.talk = talk;
  drawTalk();
  closeSide();
  const box = $("talk");
  box.scrollTop = box.scrollHeight;
  if (!touched()) $("question").focus();
}

async function renameTalk() {
  const { talk } = state;
  const input = el("input", { id: "name-input", value: talk.title, maxlength: 120, required: true });
  const title = await dialog({
    title: t("rename"),
    fields: [el("label", { for: "name-input" }, t("name")), input],
    yes: t("save"),
    value: () => input.value.trim() || talk.title,
  });
  if (!title) return;
  talk.title = title;
  keep(talk);
  drawTalk({ anew: false });
}

async function removeTalk() {
  if (!(await dialog({ title: t("talkAsk"), hint: t("talkHint"), yes: t("deleteYes"), danger: true }))) return;
  state.running?.abort.abort();
  forget(state.talk);
  show(null);
}

/* ---- The panel: a document, the list of them, why ------------------------------------------------------------- */

/** Show a view: `title`, and `draw(body)`, which may be slow. `deeper` keeps the one before to go back to. */
function openPanel(view, opener, { deeper = false } = {}) {
  if ($("panel").hidden) state.opener = opener ?? document.activeElement;
  state.views = deeper ? [...state.views, view] : [view];
  drawPanel();
  $("panel-title").focus();
}

function drawPanel() {
  const view = state.views.at(-1);
  $("panel").hidden = !view;
  $("app").classList.toggle("with-panel", Boolean(view));
  $("main").inert = $("side").inert = Boolean(view) && covering();
  $("shade").hidden = !(view && covering());
  if (!view) return;
  $("panel-back").hidden = state.views.length < 2;
  $("panel-title").textContent = view.title();
  $("panel-title").lang = tongue(view.title()).lang ?? "";
  const body = $("panel-body");
  body.replaceChildren();
  body.scrollTop = 0;
  view.draw(body);
}

function closePanel() {
  if ($("panel").hidden) return;
  state.views = [];
  drawPanel();
  const back = state.opener?.isConnected ? state.opener : $("question");
  back.focus();
}

function panelBack() {
  state.views = state.views.slice(0, -1);
  drawPanel();
  $("panel-title").focus();
}

const shown = (view) => state.views.at(-1) === view;

/** Fill a view once `load` has brought what it shows; a trouble is told in its place. */
async function filling(view, body, load, fill) {
  const note = el("p", { class: "busy" }, "…");
  body.append(note);
  try {
    const data = await load();
    if (!shown(view)) return;
    note.remove();
    fill(data);
  } catch (error) {
    if (!shown(view)) return;
    const [message, detail] = error instanceof Trouble ? [error.message, moreOf(error)] : [t("odd"), String(error)];
    note.replaceWith(
      el("div", { class: "trouble", role: "alert" }, el("p", {}, message), detail && el("p", { class: "soft" }, detail), button(t("retry"), drawPanel)),
    );
  }
}

/* ---- A document ----------------------------------------------------------------------------------------------- */

const AROUND = 20_000; // characters shown before and after the place that is meant
const texts = new Map(); // id -> document, the last few

async function documentOf(id) {
  if (!texts.has(id)) {
    texts.set(id, await get(`/v1/documents/${pathOf(id)}`));
    if (texts.size > 8) texts.delete(texts.keys().next().value);
  }
  return texts.get(id);
}

/** The text of a document by code points; counting a long one takes a moment, and is done once. */
const lettersOf = (found) => (found.letters ??= counted(found.text));

const openCitation = (one, opener) => openDocument(one.document, { start: one.start, end: one.end, page: one.page }, opener);

/** A passage knows its words, not its place; the document tells where they stand. */
function openPassage(piece, opener) {
  if (Number.isInteger(piece.start)) return openDocument(piece.document, piece, opener);
  return openDocument(piece.document, { words: piece.text }, opener);
}

function openDocument(id, place = {}, opener = null, options = {}) {
  const view = { title: () => view.name ?? id, mode: place.page ? "page" : "text", page: place.page ?? 1 };
  view.draw = (body) =>
    filling(
      view,
      body,
      () => documentOf(id),
      (found) => {
        view.name = found.title || id;
        $("panel-title").textContent = view.name;
        $("panel-title").lang = tongue(view.name).lang ?? "";
        drawDocument(view, body, found, place);
        if (place.start !== undefined || place.words) say(t("shown", { name: view.name }));
      },
    );
  openPanel(view, opener, options);
}

/** Where a place lies in a text, in code points. */
function located(found, place) {
  if (!place.words) return place;
  const at = found.text.indexOf(place.words);
  if (at < 0) return {};
  const start = counted(found.text.slice(0, at)).length;
  return { start, end: start + counted(place.words).length };
}

const pagesOf = (found) => found.pages ?? Math.max(0, ...(found.blocks ?? []).map((block) => block.page ?? 0));
const hasPages = (found) => /\.pdf$/i.test(found.source || found.id) && pagesOf(found) > 0;

function drawDocument(view, body, found, place) {
  const here = located(found, place);
  const paged = hasPages(found) && !view.pageless;
  if (!place.page && paged && here.start !== undefined) {
    view.page = (found.blocks.find((block) => block.page && block.end > here.start) ?? {}).page ?? 1;
  }
  const stage = el("div", { class: "stage" });
  const turnTo = (mode) => {
    view.mode = mode;
    for (const tab of head.querySelectorAll("[data-mode]")) tab.setAttribute("aria-pressed", String(tab.dataset.mode === mode));
    stage.replaceChildren();
    if (mode === "page") drawPage(view, stage, found, here, () => fallBack());
    else drawText(stage, found, here);
  };
  const fallBack = () => {
    view.pageless = true;
    head.querySelector(".tabs")?.remove();
    turnTo("text");
  };
  const tab = (mode, label) => button(label, () => turnTo(mode), { data: { mode }, aria: { pressed: false } });
  const head = el(
    "div",
    { class: "doc-head" },
    el("p", { class: "soft" }, factsOf(found)),
    el(
      "div",
      { class: "row" },
      paged && el("div", { class: "tabs", role: "group" }, tab("page", t("pages")), tab("text", t("text"))),
      button(t("askThis"), () => setScope(found), { class: "small-button" }),
      button(t("original"), () => saveOriginal(found), { class: "small-button" }),
      state.about?.guarded && may("admin") && button(t("whoSees"), () => changeAccess(found), { class: "small-button" }),
    ),
  );
  body.append(head, stage);
  turnTo(paged && view.mode === "page" ? "page" : "text");
}

function factsOf(found) {
  const parts = [found.id === found.title ? "" : nameOf(found.id), t("facts", { characters: number(lettersOf(found).length) })];
  if (hasPages(found)) parts.push(t("nPages", { n: number(pagesOf(found)) }));
  if (found.access?.length) parts.push(found.access.join(", "));
  return parts.filter(Boolean).join(" · ");
}

async function saveOriginal(found) {
  await trying(async () => {
    const reply = await call(`/v1/files/${pathOf(found.id)}`);
    download(await reply.blob(), (found.source || found.id).split("/").at(-1).replace(/#.*$/, ""));
  });
}

async function changeAccess(found) {
  const input = el("input", { id: "access-input", value: (found.access ?? []).join(", ") });
  const groups = await dialog({
    title: t("whoSees"),
    hint: t("whoSeesHint"),
    fields: [el("label", { for: "access-input" }, found.title || found.id), input],
    yes: t("save"),
    value: () => input.value.split(/[,，]/).map((one) => one.trim()).filter(Boolean),
  });
  if (!groups) return;
  await trying(async () => {
    const told = await get(`/v1/access/${pathOf(found.id)}`, { method: "PUT", body: { access: groups } });
    found.access = told.access ?? groups;
    toast(t("changed"));
    drawPanel();
  });
}

/** The whole text as pieces in order: its blocks, and what stands between them. */
function piecesOf(found) {
  const text = lettersOf(found);
  const pieces = [];
  const plain = (from, to) => {
    let at = from;
    for (const part of text.cut(from, to).split(/(?<=\n\s*\n)/)) {
      const length = counted(part).length;
      if (part.trim()) pieces.push({ start: at, end: at + length, kind: "text", level: 0 });
      at += length;
    }
  };
  let at = 0;
  for (const block of [...(found.blocks ?? [])].sort((a, b) => a.start - b.start)) {
    if (block.start < at || block.end > text.length) continue;
    plain(at, block.start);
    pieces.push(block);
    at = block.end;
  }
  plain(at, text.length);
  return { text, pieces };
}

function drawText(stage, found, here) {
  const { text, pieces } = piecesOf(found);
  const aim = here.start ?? 0;
  let from = pieces.findIndex((piece) => piece.end > aim - AROUND);
  let to = pieces.findIndex((piece) => piece.start > aim + AROUND);
  if (from < 0) from = 0;
  if (to < 0) to = pieces.length;
  const sheet = el("div", { class: "sheet", ...tongue(found.text.slice(0, 2000)) });
  const more = (label, click) => button(label, click, { class: "small-button more-text" });
  const before = more(t("before"), () => {
    const start = Math.max(0, from - 60);
    const old = sheet.firstElementChild;
    sheet.prepend(...pieces.slice(start, from).map((piece) => pieceOf(text, piece, here)));
    from = start;
    before.hidden = from === 0;
    old?.scrollIntoView({ block: "start" });
  });
  const after = more(t("after"), () => {
    sheet.append(...pieces.slice(to, to + 60).map((piece) => pieceOf(text, piece, here)));
    to = Math.min(pieces.length, to + 60);
    after.hidden = to === pieces.length;
  });
  before.hidden = from === 0;
  after.hidden = to === pieces.length;
  sheet.append(...pieces.slice(from, to).map((piece) => pieceOf(text, piece, here)));
  stage.append(before, sheet, after, picker(sheet, found));
  sheet.querySelector("mark")?.scrollIntoView({ block: "center" });
}

function pieceOf(text, piece, here) {
  const tag = piece.kind === "heading" ? `h${Math.min(6, (piece.level || 1) + 2)}` : piece.kind === "code" ? "pre" : "p";
  const made = el(tag, { class: `k-${piece.kind}` });
  const from = Math.max(piece.start, Math.min(here.start ?? piece.end, piece.end));
  const to = Math.max(from, Math.min(here.end ?? from, piece.end));
  const before = text.cut(piece.start, from);
  // The signs that make a Markdown heading are part of the text, but need not shout.
  const signs = piece.kind === "heading" ? (/^#{1,6}\s+/.exec(before)?.[0] ?? "") : "";
  if (signs) made.append(el("span", { class: "signs" }, signs));
  made.append(before.slice(signs.length));
  if (to > from) made.append(el("mark", { data: { start: from, end: to } }, text.cut(from, to)));
  made.append(text.cut(to, piece.end));
  return made;
}

/** A bar that asks, of words selected in a document, why they were not used. */
function picker(sheet, found) {
  const bar = el("div", { class: "picker", hidden: true });
  const go = button(t("whyThis"), (event) => openWhy(lastQuestion(), bar.picked, event.currentTarget, null, { deeper: true }), { class: "strong" });
  bar.append(go);
  const look = () => {
    if (!sheet.isConnected) return document.removeEventListener("selectionchange", look);
    const chosen = getSelection();
    const words = chosen.rangeCount && sheet.contains(chosen.anchorNode) ? chosen.toString().trim() : "";
    bar.hidden = words.length < 8;
    if (words) bar.picked = words;
    return undefined;
  };
  document.addEventListener("selectionchange", look);
  return bar;
}

const lastQuestion = () => state.talk?.turns.at(-1)?.question ?? "";

/** A page as its picture, drawn on a canvas: no address of it is needed that a policy would have to allow. */
async function drawPage(view, stage, found, here, fallBack) {
  const all = pagesOf(found);
  const canvas = el("canvas", { class: "sheet-image", role: "img", width: 1, height: 1 });
  const place = el("p", { class: "quiet", aria: { live: "polite" } });
  const turn = (by) => {
    view.page = Math.min(all, Math.max(1, view.page + by));
    return show();
  };
  const earlier = iconButton("back", t("previous"), () => turn(-1));
  const later = iconButton("next", t("next"), () => turn(1));
  const show = async () => {
    const { page } = view;
    place.textContent = t("pageOf", { n: number(page), all: number(all) });
    earlier.disabled = page <= 1;
    later.disabled = page >= all;
    const span = here.start === undefined ? "" : `?start=${here.start}&end=${here.end}`;
    try {
      const reply = await call(`/v1/pages/${page}/${pathOf(found.id)}${span}`);
      const picture = await createImageBitmap(await reply.blob());
      if (view.page !== page || !canvas.isConnected) return;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
      canvas.classList.add("ready");
      const quote = here.start === undefined ? "" : lettersOf(found).cut(here.start, here.end);
      canvas.setAttribute("aria-label", t("pageImage", { n: page, name: found.title || found.id, quote }));
    } catch {
      if (canvas.isConnected) fallBack();
    }
  };
  const frame = el("div", { class: "frame", tabindex: "0", role: "group", aria: { labelledby: "panel-title" } }, canvas);
  const larger = iconButton("zoom", t("larger"), () => larger.setAttribute("aria-pressed", String(frame.classList.toggle("large"))));
  larger.setAttribute("aria-pressed", "false");
  stage.append(el("div", { class: "row between" }, earlier, place, el("span", { class: "row" }, larger, later)), frame);
  await show();
}

/* ---- One file asked ------------------------------------------------------------------------------------------- */

function setScope(found) {
  state.scope = found && (found.source || found.id);
  drawScope();
  if (found && covering()) closePanel();
  $("question").focus();
}

function drawScope() {
  const box = $("scope");
  box.hidden = !state.scope;
  box.replaceChildren();
  if (state.scope) box.append(el("span", {}, t("where", { name: nameOf(state.scope) })), iconButton("close", t("unscope"), () => setScope(null)));
}

/* ---- Why not this passage ------------------------------------------------------------------------------------- */

function openWhy(question, words, opener, source = null, options = {}) {
  const view = { title: () => t("whyTitle"), draw: (body) => drawWhy(view, body, question, words, source) };
  openPanel(view, opener, options);
}

function drawWhy(view, body, question, words, source) {
  const query = el("textarea", { id: "why-query", rows: 2, required: true, maxlength: 4000 });
  const text = el("textarea", { id: "why-text", rows: 4, required: true, maxlength: 20000 });
  const find = el("input", { id: "why-find", type: "search" });
  const hits = el("ul", { class: "near" });
  const stages = el("div", { aria: { live: "polite" } });
  query.value = view.query ?? question;
  text.value = view.text ?? words;
  query.addEventListener("input", () => (view.query = query.value));
  text.addEventListener("input", () => (view.text = text.value));
  const look = () =>
    trying(async () => {
      if (!find.value.trim()) return;
      const found = await post("/v1/search", { query: find.value.trim(), k: 8 });
      const item = (hit) =>
        el("li", {}, button([el("b", {}, nameOf(hit.document)), el("span", { class: "clamp", ...tongue(hit.text) }, hit.text)], () => pick(hit), { class: "pick" }));
      hits.replaceChildren(...(found.hits.length ? found.hits.map(item) : [el("li", { class: "soft" }, t("nothingFound"))]));
    });
  const pick = (hit) => {
    view.text = text.value = hit.text;
    hits.replaceChildren();
    ask();
  };
  const ask = () =>
    trying(async () => {
      const expected = { query: query.value.trim(), text: text.value.trim() };
      if (!expected.query || !expected.text) return;
      if (source) expected.where = { source };
      stages.replaceChildren(el("p", { class: "busy" }, t("searching")));
      try {
        stages.replaceChildren(stageList((await post("/v1/why", expected)).stages));
      } catch (error) {
        stages.replaceChildren();
        throw error;
      }
    });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    look();
  });
  const submit = (event) => {
    event.preventDefault();
    ask();
  };
  body.append(
    el(
      "form",
      { class: "why", on: { submit } },
      el("p", { class: "soft" }, t("whyHint")),
      el("label", { for: "why-query" }, t("whyQuestion")),
      query,
      el("label", { for: "why-text" }, t("whyText")),
      text,
      el("label", { for: "why-find" }, t("whyFind")),
      el("div", { class: "row" }, find, button(t("find"), look)),
      hits,
      el("button", { type: "submit", class: "strong" }, t("whyAsk")),
    ),
    stages,
  );
  find.placeholder = t("whyFindHint");
  if (query.value && text.value) ask();
}

function stageList(stages) {
  const item = ({ stage, kept, finding: found }) =>
    el(
      "li",
      { class: kept ? "kept" : "lost" },
      el("p", {}, el("b", {}, stageName(stage)), " ", el("span", { class: "verdict" }, t(kept ? "kept" : "lostHere"))),
      el("p", { class: "soft" }, finding(found)),
    );
  return el("ol", { class: "stages" }, stages.map(item));
}

/* ---- Things and facts ----------------------------------------------------------------------------------------- */

const THINGS = 16; // more cannot be read in the panel
const SVG = "http://www.w3.org/2000/svg";

/** The ids of the passages that an answer cites, or of its best evidence. */
function restsOn(reply) {
  const cited = reply.citations.map((one) => passageOf(reply, one)).filter(Boolean);
  return [...new Set((cited.length ? cited : reply.evidence.slice(0, 3)).map((piece) => piece.passage))].slice(0, 8);
}

/** The graph around an `entity`, around `passages`, or, of neither, around what most is said of. */
function openGraph({ entity = "", passages = [], label = "" }, opener = null, options = {}) {
  const view = { title: () => view.name || t("graph"), name: label, entity, passages, open: null };
  view.draw = (body) => drawGraph(view, body);
  openPanel(view, opener, options);
}

const moveTo = (thing) => openGraph({ entity: thing.name, label: thing.label }, null, { deeper: true });

function drawGraph(view, body) {
  const input = el("input", { id: "graph-find", type: "search", maxlength: 200, enterkeyhint: "search" });
  const submit = (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name) openGraph({ entity: name, label: name }, null, { deeper: true });
  };
  body.append(
    el(
      "form",
      { class: "seek", role: "search", on: { submit } },
      el("label", { for: input.id, class: "sr" }, t("graphFind")),
      input,
      el("button", { type: "submit" }, t("find")),
    ),
  );
  input.placeholder = t("graphFind");
  const asked = new URLSearchParams({ limit: THINGS });
  if (view.entity) asked.set("entity", view.entity);
  for (const one of view.passages) asked.append("passage", one);
  filling(
    view,
    body,
    async () => (view.data ??= await get(`/v1/graph?${asked}`)),
    (found) => fillGraph(view, body, found),
  );
}

function fillGraph(view, body, found) {
  const things = new Map(found.things.map((one) => [one.name, one]));
  const [first] = found.starts.map((name) => things.get(name));
  if (!found.read) return void body.append(el("p", {}, t("graphNone")));
  if (found.unread) body.append(el("p", { class: "quiet" }, t("graphUnread", { n: number(found.unread) })));
  const others = found.matches.slice(1, 6);
  if (others.length) {
    const choice = (one) => button(one.label, () => moveTo(one), { class: "small-button", ...tongue(one.label) });
    body.append(el("p", { class: "also" }, el("span", { class: "soft" }, t("graphAlso")), others.map(choice)));
  }
  if (!found.facts.length) {
    body.append(el("p", {}, view.entity ? t("graphUnknown", { name: view.name }) : t(view.passages.length ? "graphBare" : "graphNone")));
    return;
  }
  if (view.entity && first) {
    view.name = first.label;
    $("panel-title").textContent = first.label;
    $("panel-title").lang = tongue(first.label).lang ?? "";
  }
  const list = el("ul", { class: "facts", aria: { label: t("graphFacts") } });
  const map = webOf(found, things, body.clientWidth, (at) => openFact(list, at));
  list.append(...found.facts.map((fact, at) => factItem(view, fact, things, at, map)));
  body.append(map.element, list);
  if (found.left) body.append(el("p", { class: "quiet" }, t("graphLeft", { n: number(found.left) })));
  say(t("graphMoved", { name: view.title(), n: number(found.facts.length) }));
}

/** One element of a drawing. */
function shape(tag, props = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** How wide letters of 13 px are, about: enough to keep labels apart. */
const wide = (text) => [...text].reduce((sum, one) => sum + (/[\u2e80-\uffff]/.test(one) ? 13 : 7.2), 0);

/** As much of a text as there is room for. */
function cut(text, room) {
  const letters = [...text];
  while (letters.length > 1 && wide(letters.join("")) > room) letters.pop();
  return letters.length < [...text].length ? `${letters.join("").trim()}…` : text;
}

/** Room that is taken in a drawing; `least` is the first of some boxes that lies free, or that covers least. */
class Room {
  constructor(width, height) {
    this.taken = [];
    this.within = [2, 2, width - 2, height - 2];
  }
  take(box) {
    this.taken.push(box);
    return box;
  }
  covered([x1, y1, x2, y2]) {
    const [left, top, right, bottom] = this.within;
    const out = Math.max(0, left - x1) + Math.max(0, x2 - right) + Math.max(0, top - y1) + Math.max(0, y2 - bottom);
    const over = ([a1, b1, a2, b2]) => Math.max(0, Math.min(x2, a2) - Math.max(x1, a1)) * Math.max(0, Math.min(y2, b2) - Math.max(y1, b1));
    return this.taken.reduce((sum, one) => sum + over(one), 400 * out);
  }
  least(boxes) {
    const costs = boxes.map((box) => this.covered(box));
    return costs.indexOf(Math.min(...costs));
  }
}

const APART = 50; // between things that lie above one another; beside one another, where labels need room, half as much more

/** Push apart what lies too near, within the drawing. */
function spread(places, width, height) {
  const all = [...places.values()];
  for (let step = 0; step < 80; step += 1) {
    all.forEach((one, at) => {
      for (const other of all.slice(at + 1)) {
        const [dx, dy] = [(other[0] - one[0]) / 1.5, other[1] - one[1]];
        const far = Math.hypot(dx, dy) || 1;
        const push = Math.max(0, APART - far) / (2 * far);
        one[0] -= 1.5 * push * dx;
        one[1] -= push * (dy || 0.1);
        other[0] += 1.5 * push * dx;
        other[1] += push * (dy || 0.1);
      }
    });
    for (const one of all) {
      one[0] = Math.min(width - 30, Math.max(30, one[0]));
      one[1] = Math.min(height - 30, Math.max(30, one[1]));
    }
  }
}

/** The drawing, and `light(at)`, which shows where a fact lies in it. Its units are those of the page, so that letters are. */
function webOf(found, things, space, open) {
  const width = Math.max(300, Math.min(720, space - 44));
  const height = Math.round(Math.max(340, 0.9 * width));
  const room = new Room(width, height);
  const places = new Map(found.things.map((one) => [one.name, [48 + one.x * (width - 96), 34 + one.y * (height - 68)]]));
  spread(places, width, height);
  const element = shape("svg", { class: "web", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": t("graphMap", { n: number(found.facts.length) }) });
  for (const [x, y] of places.values()) room.take([x - 9, y - 9, x + 9, y + 9]);
  const starts = new Set(found.starts);
  const nodes = found.things.map((one) => thingOf(one, places.get(one.name), room, width < 420 ? 90 : 130, starts.has(one.name)));
  const pairs = new Map();
  found.facts.forEach((fact, at) => {
    const pair = JSON.stringify([fact.head, fact.tail].sort());
    pairs.set(pair, [...(pairs.get(pair) ?? []), at]);
  });
  const joins = new Map();
  for (const group of pairs.values()) {
    const fact = found.facts[group[0]];
    const words = cut(fact.relation, 90) + (group.length > 1 ? ` +${number(group.length - 1)}` : "");
    const join = joined(places.get(fact.head), places.get(fact.tail), words, room);
    join.addEventListener("click", () => open(group[0]));
    for (const at of group) joins.set(at, join);
    element.append(join);
  }
  element.append(...nodes);
  const light = (at) => new Set(joins.values()).forEach((join) => join.classList.toggle("on", join === joins.get(at)));
  return { element, light };
}

/** A line between two things. The list has the same for those who cannot press it, so it is no stop of Tab. */
function joined([x1, y1], [x2, y2], words, room) {
  const ends = { x1, y1, x2, y2 };
  const half = (0.85 * wide(words)) / 2;
  const along = [0.5, 0.4, 0.6, 0.3, 0.7].map((part) => [x1 + part * (x2 - x1), y1 + part * (y2 - y1)]);
  const boxes = along.map(([x, y]) => [x - half, y - 7, x + half, y + 7]);
  const best = room.least(boxes);
  // What would lie on other words is shown where the line is meant.
  const crowded = room.covered(boxes[best]) > 30;
  if (!crowded) room.take(boxes[best]);
  const [x, y] = along[best];
  return shape(
    "g",
    { class: crowded ? "joins crowded" : "joins", "aria-hidden": "true" },
    shape("line", ends),
    shape("line", { ...ends, class: "near-line" }),
    shape("text", { x, y: y + 4, "text-anchor": "middle" }, words),
  );
}

function thingOf(one, [x, y], room, most, start) {
  const radius = start ? 10 : 7;
  const words = cut(one.label, most);
  const long = wide(words);
  const spots = [
    [x, y - radius - 6, "middle", -long / 2],
    [x, y + radius + 15, "middle", -long / 2],
    [x + radius + 5, y + 4, "start", 0],
    [x - radius - 5, y + 4, "end", -long],
    [x + 4, y - radius - 6, "start", 0],
    [x - 4, y - radius - 6, "end", -long],
    [x + 4, y + radius + 15, "start", 0],
    [x - 4, y + radius + 15, "end", -long],
  ];
  const boxes = spots.map(([at, line, , shift]) => [at + shift, line - 12, at + shift + long, line + 4]);
  const best = room.least(boxes);
  room.take(boxes[best]);
  const [at, line, anchor] = spots[best];
  const made = shape(
    "g",
    { class: `thing ${one.kind}${start ? " start" : ""}`, role: "button", tabindex: 0, "aria-label": t("graphThing", { name: one.label, n: number(one.facts) }) },
    shape("title", {}, one.label),
    shape("circle", { cx: x, cy: y, r: radius }),
    shape("text", { x: at, y: line, "text-anchor": anchor }, words),
  );
  made.addEventListener("click", () => moveTo(one));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    moveTo(one);
  });
  return made;
}

function openFact(list, at) {
  const press = list.children[at].querySelector(".fact");
  if (press.getAttribute("aria-expanded") !== "true") press.click();
  press.scrollIntoView({ block: "nearest" });
  press.focus();
}

function factItem(view, fact, things, at, map) {
  const [head, tail] = [fact.head, fact.tail].map((name) => things.get(name).label);
  const item = el("li", {});
  const told = statementsOf(fact);
  told.hidden = view.open !== at;
  const press = button("", () => toggle(told.hidden), { class: "fact", aria: { expanded: String(!told.hidden) } });
  press.replaceChildren(el("span", {}, el("b", tongue(head), head), " ", el("span", { class: "said-of", ...tongue(fact.relation) }, fact.relation), " ", el("b", tongue(tail), tail)));
  const toggle = (open) => {
    told.hidden = !open;
    press.setAttribute("aria-expanded", String(open));
    view.open = open ? at : null;
    map.light(view.open);
  };
  item.addEventListener("pointerenter", () => map.light(at));
  item.addEventListener("pointerleave", () => map.light(view.open));
  if (!told.hidden) map.light(at);
  item.append(press, told);
  return item;
}

/** What a fact rests on; each statement opens at its characters. */
function statementsOf(fact) {
  const item = (one) =>
    el(
      "li",
      {},
      button(one.page ? `${nameOf(one.document)}, ${t("page", { n: one.page })}` : nameOf(one.document), (event) => openDocument(one.document, { start: one.start, end: one.end, page: one.page }, event.currentTarget, { deeper: true }), { class: "link" }),
      el("p", { class: "clamp", ...tongue(one.text) }, one.text),
    );
  return el(
    "div",
    { class: "near" },
    fact.count > 1 && el("p", { class: "quiet" }, t("graphStated", { n: number(fact.count) })),
    el("ul", { class: "near" }, fact.statements.map(item)),
    fact.sources.map((name) => el("p", { class: "soft" }, t("graphFile", { name }))),
  );
}

/* ---- Documents ------------------------------------------------------------------------------------------------ */

const MOST_SHOWN = 200;
const AT_ONCE = 200;

function openShelf(opener) {
  openPanel({ title: () => t("documents"), draw: drawShelf, shelf: true }, opener);
}

async function listed() {
  const found = [];
  let after = null;
  do {
    const page = await get(`/v1/documents?limit=${AT_ONCE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    found.push(...page.documents);
    after = page.next;
  } while (after && found.length < 20_000);
  return found;
}

function drawShelf(body) {
  const view = state.views.at(-1);
  const list = el("ul", { class: "shelf" });
  const note = el("p", { class: "soft", role: "status" });
  const filter = el("input", { type: "search", id: "filter" });
  filter.placeholder = t("filter");
  const access = el("input", { id: "access", value: view.access ?? "", on: { input: () => (view.access = access.value) } });
  const jobs = el("div", { id: "jobs" });
  body.append(
    may("write") &&
      el(
        "div",
        { class: "adding" },
        button([icon("plus"), t("addFiles")], () => $("files").click(), { class: "strong" }),
        state.about?.guarded && [el("label", { for: "access" }, t("access")), access],
      ),
    jobs,
    el("label", { for: "filter", class: "sr" }, t("filter")),
    filter,
    note,
    list,
  );
  body.replaceChildren(...[...body.childNodes].filter((node) => node.nodeType === 1));
  drawJobs();
  filling(view, body, listed, (found) => {
    const draw = () => {
      const wanted = filter.value.trim().toLowerCase();
      const match = found.filter((one) => `${one.title}\n${one.id}`.toLowerCase().includes(wanted));
      list.replaceChildren(...bySource(match.slice(0, MOST_SHOWN)).map(([source, ones]) => shelfGroup(source, ones, Boolean(wanted))));
      note.textContent = shelfNote(found.length, match.length);
    };
    filter.addEventListener("input", draw);
    draw();
    drawSkipped(view, body);
  });
}

function shelfNote(all, match) {
  if (!all) return t("noDocuments");
  if (!match) return t("noneMatch");
  return match > MOST_SHOWN ? t("left", { n: number(match - MOST_SHOWN) }) : "";
}

const MANY = 3; // documents of one file that are listed one by one

/** Documents in their order, those of one file together: [source, documents]. */
function bySource(documents) {
  const groups = new Map();
  for (const one of documents) {
    const source = one.source || one.id;
    groups.set(source, [...(groups.get(source) ?? []), one]);
  }
  return [...groups].flatMap(([source, ones]) => (ones.length > MANY ? [[source, ones]] : ones.map((one) => [null, [one]])));
}

function shelfGroup(source, ones, open) {
  if (source === null) return shelfItem(ones[0]);
  const summary = el("summary", {}, el("span", { class: "doc-title", ...tongue(source) }, nameOf(source)), ` ${t("holdsN", { n: number(ones.length) })}`);
  return el("li", { class: "group" }, el("details", { open }, summary, el("ul", {}, ones.map(shelfItem))));
}

function shelfItem(one) {
  const facts = [one.title && one.title !== one.id ? nameOf(one.id) : "", t("passages", { n: number(one.passages) })];
  if (one.pages) facts.push(t("nPages", { n: number(one.pages) }));
  if (one.access?.length) facts.push(one.access.join(", "));
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "doc", on: { click: (event) => openDocument(one.id, {}, event.currentTarget, { deeper: true }) } },
      el("span", { class: "doc-title", ...tongue(one.title || one.id) }, one.title || one.id),
      el("span", { class: "soft" }, facts.filter(Boolean).join(" · ")),
    ),
    may("write") && iconButton("bin", t("delete", { name: one.title || one.id }), () => removeDocument(one)),
  );
}

async function removeDocument(one) {
  const name = one.title || one.id;
  if (!(await dialog({ title: t("deleteAsk", { name }), hint: t("deleteHint"), yes: t("deleteYes"), danger: true }))) return;
  await trying(async () => {
    await get(`/v1/documents/${pathOf(one.id)}`, { method: "DELETE" });
    texts.delete(one.id);
    toast(t("deleted", { name }));
    await learn();
    redrawShelf();
    $("panel-title").focus();
  });
}

function redrawShelf() {
  if (state.views.at(-1)?.shelf) drawPanel();
}

function skippedItem(one) {
  const { text, lang } = reasonOf(one);
  return el("li", {}, el("b", {}, nameOf(one.path ?? one.name ?? "")), el("span", { class: "soft", lang }, text));
}

async function drawSkipped(view, body) {
  let skipped;
  try {
    ({ skipped } = await get("/v1/skipped"));
  } catch {
    return;
  }
  if (!skipped.length || !shown(view)) return;
  body.append(
    el("details", { class: "more skipped" }, el("summary", {}, `${t("skipped")} (${number(skipped.length)})`), el("ul", {}, skipped.map(skippedItem))),
  );
}

/* ---- Adding files --------------------------------------------------------------------------------------------- */

const ENDED = ["done", "cancelled", "failed", "lost"];

async function addFiles(list) {
  const files = [...list];
  if (!files.length) return;
  if (!state.about) await learn();
  if (!may("write")) return void toast(t("writeNeeded"));
  const access = state.views.at(-1)?.access;
  if (!state.views.at(-1)?.shelf) openShelf(document.activeElement);
  const names = files.map((file) => file.name);
  const job = { id: null, names, state: "sending", share: 0, refused: [], skipped: [] };
  state.jobs.unshift(job);
  drawJobs();
  upload(job, files, access);
}

/** Send files; a request of the older kind, because only that one tells how much has gone. */
function upload(job, files, access) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  if (access?.trim()) form.append("access", access.trim());
  const request = new XMLHttpRequest();
  // Sent whole, the files are the server's: it has to be told by the job's name, which its reply brings.
  job.stop = () => job.share < 1 && request.abort();
  request.open("POST", "/v1/documents");
  request.responseType = "json";
  const key = remembered("sessionStorage", "key") ?? state.key;
  if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
  request.upload.onprogress = (event) => {
    job.share = event.loaded / Math.max(1, event.total);
    drawJobs();
  };
  request.onabort = () => end(job, "cancelled");
  request.onerror = () => end(job, "failed", unreached());
  request.onload = () => uploaded(job, request, () => upload(job, files, access));
  request.send(form);
}

async function uploaded(job, request, again) {
  const told = request.response ?? {};
  if (request.status === 401 && (await askKey(remembered("sessionStorage", "key") ?? state.key))) return void again();
  if (request.status === 429 || request.status === 503) {
    const seconds = Math.min(MOST_WAIT, Math.max(1, Number(request.getResponseHeader("Retry-After")) || 2));
    const stopping = new AbortController();
    job.stop = () => stopping.abort();
    job.tries = (job.tries ?? 0) + 1;
    if (job.tries < MOST_TRIES) {
      const wait = (left) => {
        job.wait = left;
        drawJobs();
      };
      return void pause(seconds, stopping.signal, wait).then(
        () => {
          job.wait = 0;
          again();
        },
        () => end(job, "cancelled"),
      );
    }
  }
  job.refused = told.refused ?? [];
  if (request.status >= 400) {
    return void end(job, "failed", refusal(request.status, told.error));
  }
  if (!told.job) return void end(job, "done");
  Object.assign(job, { id: told.job, state: "queued", names: told.accepted ?? job.names });
  keepJobs();
  follow(job);
  if (job.cancelling) job.stop();
}

/** Ask how far a job is until it has ended. */
async function follow(job) {
  job.stop = () => trying(() => get(`/v1/jobs/${encodeURIComponent(job.id)}`, { method: "DELETE" }));
  let failures = 0;
  while (!ENDED.includes(job.state)) {
    try {
      const now = await get(`/v1/jobs/${encodeURIComponent(job.id)}`, { wait: null });
      failures = 0;
      Object.assign(job, now, { trouble: null });
    } catch (error) {
      failures += 1;
      job.trouble = error.message;
      if (error.word === "gone") job.state = "lost";
    }
    drawJobs();
    if (!ENDED.includes(job.state)) await pause(Math.min(10, 0.4 * 2 ** Math.min(5, failures)));
  }
  end(job, job.state);
}

function end(job, how, trouble = null) {
  job.state = how;
  if (trouble) job.trouble = trouble.said;
  keepJobs();
  if (state.views.at(-1)?.shelf) say(jobWord(job));
  else toast(jobWord(job));
  texts.clear();
  learn().then(() => {
    redrawShelf();
    drawJobs();
  });
}

function jobWord(job) {
  const { done = 0, total = 0 } = job;
  const values = { done: number(done), total: number(total), share: percent(total ? done / total : 0), p: percent(job.share ?? 0) };
  if (job.wait) return t("waiting", { s: job.wait });
  if (job.cancelling && !ENDED.includes(job.state)) return t("cancelling");
  if (job.state === "reading" && total && done >= total) return t("preparing");
  if (job.state === "done") return job.added ? t("done", { n: number(job.added) }) : t("doneNone");
  if (job.state === "cancelled") return job.added ? t("cancelled", { n: number(job.added) }) : t("cancelledNone");
  return t(job.state, values);
}

/** Why the server gave a job up. */
const faultOf = ({ code, message }) => ({ store: t("storeBusy"), model: t("noEncoder") })[code] ?? message;

/** Jobs outlive a reload of the page. */
function keepJobs() {
  const live = state.jobs.filter((job) => job.id && !ENDED.includes(job.state)).map(({ id, names }) => ({ id, names }));
  remember("sessionStorage", "jobs", live.length ? JSON.stringify(live) : null);
}

function resumeJobs() {
  for (const { id, names } of JSON.parse(remembered("sessionStorage", "jobs") ?? "[]")) {
    const job = { id, names, state: "queued", refused: [], skipped: [] };
    state.jobs.push(job);
    follow(job);
  }
}

function drawJobs() {
  const box = $("jobs");
  if (!box) return;
  state.jobs.forEach((job) => {
    const old = job.element;
    job.element = jobCard(job);
    if (old?.isConnected && old.contains(document.activeElement)) {
      const at = [...old.querySelectorAll("button")].indexOf(document.activeElement);
      old.replaceWith(job.element);
      job.element.querySelectorAll("button")[at]?.focus();
    }
  });
  if (state.jobs.some((job) => job.element.parentNode !== box) || box.childElementCount !== state.jobs.length) {
    const held = document.activeElement;
    box.replaceChildren(...state.jobs.map((job) => job.element));
    if (held?.isConnected) held.focus();
  }
}

function cancel(job) {
  job.cancelling = true;
  job.stop?.();
  drawJobs();
}

function jobCard(job) {
  const live = !ENDED.includes(job.state);
  const bar = el("progress", { aria: { label: jobWord(job) } });
  const share = job.state === "sending" ? job.share : job.total && job.done < job.total ? job.done / job.total : undefined;
  if (share !== undefined && job.state !== "queued" && !job.cancelling) bar.value = share;
  const skipped = [...job.refused, ...(job.skipped ?? [])];
  return el(
    "section",
    { class: `job ${job.state}`, data: { state: job.state } },
    el(
      "p",
      { class: "row" },
      el("b", { class: "clip" }, job.names.slice(0, 3).join(language === "zh" ? "、" : ", ") + (job.names.length > 3 ? ` +${number(job.names.length - 3)}` : "")),
      live
        ? button(t("cancel"), () => cancel(job), { class: "small-button", disabled: job.cancelling })
        : iconButton("close", t("dismiss"), () => {
            state.jobs = state.jobs.filter((one) => one !== job);
            drawJobs();
          }),
    ),
    live && bar,
    el("p", { class: "quiet" }, jobWord(job)),
    (job.trouble || job.message) && el("p", { class: "wrong" }, job.trouble || faultOf(job)),
    skipped.length ? [el("p", { class: "quiet" }, t("skippedN", { n: number(skipped.length) })), el("ul", { class: "skipped" }, skipped.map(skippedItem))] : null,
  );
}

/* ---- The frame of the page ------------------------------------------------------------------------------------ */

const THEMES = ["auto", "light", "dark"];

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  remember("localStorage", "theme", theme === "auto" ? null : theme);
  const label = t(`theme${theme}`);
  $("theme").replaceChildren(icon(theme));
  $("theme").title = label;
  $("theme").setAttribute("aria-label", label);
}

function setLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const part of document.querySelectorAll("[data-t]")) part.textContent = t(part.dataset.t);
  for (const part of document.querySelectorAll("[data-label]")) {
    part.setAttribute("aria-label", t(part.dataset.label));
    if (part.tagName === "BUTTON") part.title = t(part.dataset.label);
  }
  const other = chosen === "zh" ? "en" : "zh";
  $("language").textContent = other === "zh" ? "中文" : "English";
  $("language").lang = other;
  setTheme(document.documentElement.dataset.theme ?? "auto");
  drawTalk();
  drawScope();
  if (!$("panel").hidden) drawPanel();
}

function openSide() {
  $("app").classList.add("with-side");
  $("side-open").setAttribute("aria-expanded", "true");
  $("side").inert = false;
  $("main").inert = true;
  $("shade").hidden = false;
  $("side-close").focus();
}

function closeSide() {
  if (!$("app").classList.contains("with-side")) return;
  $("app").classList.remove("with-side");
  $("side-open").setAttribute("aria-expanded", "false");
  fit();
  $("side-open").focus();
}

/** What cannot be seen cannot be reached by Tab either. */
function fit() {
  const side = $("app").classList.contains("with-side");
  const panel = !$("panel").hidden && covering();
  $("side").inert = (narrow() && !side) || panel;
  $("main").inert = panel || (narrow() && side);
  $("shade").hidden = !(panel || (narrow() && side));
  if (!narrow()) $("app").classList.remove("with-side");
}

function grow() {
  const area = $("question");
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
}

function submitQuestion() {
  const area = $("question");
  if (state.running || !area.value.trim()) return;
  const question = area.value;
  area.value = "";
  grow();
  // On a phone the keyboard would cover the answer.
  if (touched()) area.blur();
  send(question);
}

/** What the server says of itself. */
async function learn() {
  try {
    state.about = await get("/v1/about");
    $("shelf-count").textContent = number(state.about.documents);
    $("key").hidden = !(remembered("sessionStorage", "key") ?? state.key);
    banner("");
  } catch (error) {
    banner(error instanceof Trouble ? error.said : t("odd"));
  }
  if (!state.talk) drawTalk();
}

function banner(text) {
  $("banner").hidden = !text;
  $("banner").textContent = text;
}

function listenKeys() {
  $("question").addEventListener("keydown", (event) => {
    // Enter that chooses among Chinese characters is not Enter that sends.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submitQuestion();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !$("box").open) {
      event.preventDefault();
      if (covering()) closePanel();
      closeSide();
      $("question").focus();
    } else if (event.key === "Escape" && !$("box").open && !event.isComposing) {
      if (!$("hint").hidden) unhint();
      else if ($("app").classList.contains("with-side")) closeSide();
      else closePanel();
    }
  });
}

function listenDrops() {
  let depth = 0;
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (on) => ($("drop").hidden = !on);
  addEventListener("dragenter", (event) => holdsFiles(event) && over((depth += 1) > 0));
  addEventListener("dragleave", (event) => holdsFiles(event) && over((depth = Math.max(0, depth - 1)) > 0));
  addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    over((depth = 0) > 0);
    filesOf(event.dataTransfer).then(addFiles);
  });
  $("files").addEventListener("change", () => {
    addFiles($("files").files);
    $("files").value = "";
  });
}

/** The files that were dropped, those in folders too. */
async function filesOf(transfer) {
  const plain = [...transfer.files];
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return plain;
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) return void found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    const reader = entry.createReader();
    // A reader gives a hundred at a time, and none at the end.
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return undefined;
      for (const one of some) if (!one.name.startsWith(".")) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

function listen() {
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    submitQuestion();
  });
  $("question").addEventListener("input", grow);
  $("stop").addEventListener("click", () => state.running?.abort.abort());
  $("begin").addEventListener("click", () => show(null));
  $("shelf").addEventListener("click", () => {
    closeSide();
    openShelf($("shelf"));
  });
  $("graph").addEventListener("click", () => {
    closeSide();
    openGraph({}, $("graph"));
  });
  $("rename").addEventListener("click", renameTalk);
  $("export").addEventListener("click", () => exportTalk(state.talk));
  $("drop-talk").addEventListener("click", removeTalk);
  $("panel-close").addEventListener("click", closePanel);
  $("panel-back").addEventListener("click", panelBack);
  $("side-open").addEventListener("click", openSide);
  $("side-close").addEventListener("click", closeSide);
  $("shade").addEventListener("click", () => ($("app").classList.contains("with-side") ? closeSide() : closePanel()));
  $("key").addEventListener("click", forgetKey);
  $("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
  $("language").addEventListener("click", () => {
    const chosen = language === "zh" ? "en" : "zh";
    remember("localStorage", "language", chosen);
    setLanguage(chosen);
  });
  $("talk").addEventListener("scroll", unhint, { passive: true });
  addEventListener("offline", () => banner(t("offline")));
  addEventListener("online", learn);
  addEventListener("resize", fit);
  // Another tab may have changed the list of conversations.
  addEventListener("storage", (event) => {
    if (!event.key?.startsWith("raglan.talk.") || state.running) return;
    const id = state.talk?.id;
    state.talks = talksKept();
    state.talk = state.talks.find((talk) => talk.id === id) ?? null;
    drawTalk();
  });
  listenKeys();
  listenDrops();
}

/** The sign of the page for the browser's tab, made of the one that stands in it. */
function drawIcon() {
  const lines = [...$("i-raglan").children].map((line) => `<path d="${line.getAttribute("d")}"/>`).join("");
  const look = 'fill="none" stroke="#3b86cf" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"';
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" ${look}>${lines}</svg>`;
  document.head.append(el("link", { rel: "icon", href: URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })) }));
}

function start() {
  drawIcon();
  document.documentElement.dataset.theme = THEMES.includes(remembered("localStorage", "theme")) ? remembered("localStorage", "theme") : "auto";
  state.talks = talksKept();
  listen();
  const chosen = remembered("localStorage", "language");
  setLanguage(chosen in WORDS ? chosen : navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en");
  fit();
  if (!touched()) $("question").focus();
  learn().then(resumeJobs);
}

start();
