#!/usr/bin/env python3
"""A worker over XML-RPC, with nothing but Python's standard library.

    python3 worker.py https://USER:TOKEN@HOST:4781/RPC2[,…] FOLDER [--daemon] [--interval S] [--ca FILE] [--capacity N]

It keeps jobs in FOLDER/queue, runs them by priority and then by age, and keeps reports until a server has taken them.
Of several servers it asks the next when one is away or stops. Without --daemon it ends when it has nothing to do; with it,
it stays, and asks when a server calls poll_now.
"""
import argparse, base64, os, signal, socket, ssl, subprocess, sys, threading, time, xmlrpc.client
import xml.etree.ElementTree as ET
from pathlib import Path
from xmlrpc.server import SimpleXMLRPCServer
parser = argparse.ArgumentParser()
parser.add_argument('urls', type=lambda text: text.split(',')), parser.add_argument('folder', type=Path)
parser.add_argument('--interval', type=float, help='seconds between questions (as the server says)')
parser.add_argument('--ca', help='the certificate to trust'), parser.add_argument('--daemon', action='store_true')
parser.add_argument('--capacity', type=int, default=1, help='jobs in its queue at one time')
args = parser.parse_args()
queue, reports, work = (args.folder / name for name in ('queue', 'reports', 'work'))
for folder in (queue, reports, work): folder.mkdir(parents=True, exist_ok=True)
rpc_lock, queue_lock, wake, asked, stopping = threading.Lock(), threading.Lock(), *(threading.Event() for _ in range(3))
socket.setdefaulttimeout(30)  # what is not answered is said again
me, facts = {}, {'capacity': args.capacity, 'os': sys.platform}
running = {}  # (job, epoch): its process, and whether another may get the job when our lease is over
to_end = set()  # those that the server wants ended, also if their process is only about to start

def call(method, *params):
    """One call at a time, each over a connection of its own; what one server cannot answer now, the next may."""
    with rpc_lock:
        for others in reversed(range(len(args.urls))):
            context = ssl.create_default_context(cafile=args.ca) if args.urls[0].startswith('https') else None
            try:
                with xmlrpc.client.ServerProxy(args.urls[0], context=context) as server:
                    return getattr(server.scire, method)(*params)
            except Exception as error:
                if getattr(error, 'faultCode', 20) not in range(20, 30) or not others: raise
                args.urls.append(args.urls.pop(0))

def write(path, text):
    with open(part := path.with_suffix('.part'), 'w', encoding='utf-8') as file:
        file.write(text), file.flush(), os.fsync(file.fileno())
    part.rename(path)  # whole or not at all
(instance := args.folder / 'instance').exists() or write(instance, os.urandom(8).hex())  # tells two of one name apart

def file_of(folder, key, suffix='.xml'): return folder / f'{key[0].replace("/", "@")}@{key[1]}{suffix}'
def key_of(job): return job.get('id'), job.get('epoch')
def is_retried(job): return job.get('on-lost') == 'retry' or job.find('database') is not None
def end(process, number): process.poll() is None and os.killpg(process.pid, number)
def may_go_on(retried): return not retried or time.monotonic() < me.get('safe_until', 0)

def text_of(element):
    return base64.b64decode(element.text or '').decode() if element.get('encoding') == 'base64' else element.text or ''

def report(key, state, code=None, error=None):
    """Written down first; it is sent when the server can be reached."""
    exit_code = {} if code is None else {'exit-code': str(code)}
    status = ET.Element('status', {'job': key[0], 'epoch': key[1], 'state': state, **exit_code})
    if error: ET.SubElement(status, 'error').text = error
    write(file_of(reports, key), ET.tostring(status, 'unicode'))

def send_reports():
    for file in sorted(reports.glob('*.xml')):
        call('report_status', me['client'], file.read_text(encoding='utf-8'))
        file.unlink()

def compare():
    """What was asked to end, or is no longer ours, is ended; what we know nothing of is reported."""
    pending = {(it['job'], it['epoch']): it for it in call('pending', me['client'])}
    to_end.update(key for key, it in pending.items() if it['order'] != 'none')
    for key, (process, _) in list(running.items()):
        if key not in pending or key in to_end: end(process, signal.SIGTERM)
    for file in queue.glob('*.xml'):
        with queue_lock:
            key = key_of(ET.parse(file).getroot()) if file.exists() else None
            if key and not file.with_suffix('.started').exists() and (key not in pending or key in to_end):
                key in pending and report(key, 'cancelled')
                file.unlink()
    for key, it in pending.items():
        known = (file_of(queue, key), file_of(queue, key, '.offered'), file_of(reports, key))
        if it['state'] != 'offered' and not any(file.exists() for file in known):
            report(key, 'failed', error='the worker has lost the job')

def download():
    """Takes jobs until there is none; each is on disk before it is confirmed, and dropped if it may not be started."""
    text = True
    while text and not stopping.is_set():
        for file in queue.glob('*.offered'):
            start = call('confirm', me['client'], *key_of(ET.parse(file).getroot()))['start']
            file.rename(file.with_suffix('.xml')) if start else file.unlink()
        if text := call('ask_for_work', me['client']):
            write(file_of(queue, key_of(ET.fromstring(text.encode())), '.offered'), text)

def poll():
    """Asks again and again. While no server answers jobs are begun and go on, but for those that another would get."""
    while not stopping.is_set():
        wake.clear(), asked.clear()
        try:
            me or me.update(call('register', socket.gethostname(), {**facts, 'instance': instance.read_text()}))
            until = time.monotonic() + 0.6 * me['lease_seconds']
            compare(), me.update(safe_until=until), send_reports(), download(), asked.set()
        except Exception as error:
            print(f'asking again later: {error}', file=sys.stderr)
            'worker_unknown' in str(error) and me.clear()
        for process, retried in list(running.values()):
            may_go_on(retried) or end(process, signal.SIGKILL)
        wake.wait(args.interval or me.get('poll_seconds', 20))

def run(job, file):
    key, command, directory, stdin = key_of(job), job.find('command'), job.find('directory'), job.find('stdin')
    with queue_lock:
        is_here, was_started = file.exists(), file.with_suffix('.started').exists()
        write(file.with_suffix('.started'), '')
    if was_started:
        file_of(reports, key).exists() or report(key, 'failed', error='the worker was killed while the job ran')
    elif is_here:
        env = {**os.environ, 'LABKEEP_JOB': key[0], 'LABKEEP_TOKEN': text_of(job.find('token'))}
        env.update({it.get('name'): text_of(it) for it in job.findall('variable')})
        try:
            process = subprocess.Popen([text_of(it) for it in command], env=env, start_new_session=True,
                                       cwd=work if directory is None else text_of(directory),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            running[key] = process, is_retried(job)
            key in to_end and end(process, signal.SIGTERM)
            output = process.communicate(b'' if stdin is None else text_of(stdin).encode())[0]
            code = running.pop(key)[0].returncode
            try:
                call('send_output', me['client'], *key, 'stdout', xmlrpc.client.Binary(output[:2**21]), 0)
            except Exception as error: print(f'the output of {key[0]} was not sent: {error}', file=sys.stderr)
            report(key, 'succeeded' if code == 0 else 'cancelled' if code == -signal.SIGTERM else 'failed', code)
        except OSError as error:
            report(key, 'failed', error=str(error))
    file.unlink(missing_ok=True), file.with_suffix('.started').unlink(missing_ok=True)

if args.daemon:
    listener = SimpleXMLRPCServer(('', 0), logRequests=False)
    listener.register_function(lambda: wake.set() or True, 'poll_now')
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    facts['poll_port'] = listener.server_address[1]
for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, lambda *_: stopping.set() or wake.set())
threading.Thread(target=poll, daemon=True).start()
while not stopping.is_set():
    was_asked = asked.is_set()
    with queue_lock: jobs = [(ET.parse(file).getroot(), file) for file in queue.glob('*.xml')]
    if jobs := [it for it in jobs if may_go_on(is_retried(it[0]))]:
        run(*min(jobs, key=lambda it: (-int(it[0].get('priority')), it[0].get('created'))))
        asked.clear(), wake.set()  # reports, and asks for more
    elif was_asked and not args.daemon and not any(reports.iterdir()): break
    else: time.sleep(0.05)
