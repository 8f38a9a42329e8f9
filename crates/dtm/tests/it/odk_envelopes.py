"""ODK's encrypted forms, written from the specification with the library cryptography and nothing of ours.

keys FOLDER                               makes private.pem and public.txt
seal FOLDER FORM VERSION INSTANCE FILE…   makes envelope.xml and *.enc of submission.xml and the files named
open FOLDER                               writes to clear/ what envelope.xml and *.enc hold, and fails where the signature is wrong
"""

import base64
import hashlib
import os
import re
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def keys(folder):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "private.pem").write_bytes(pem)
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "public.txt").write_text(base64.b64encode(der).decode())


def ciphers(instance, key):
    """A cipher for each file in turn."""
    vector = bytearray(hashlib.md5(instance.encode() + key).digest())
    turn = 0
    while True:
        vector[turn % 16] = (vector[turn % 16] + 1) % 256
        turn += 1
        yield Cipher(algorithms.AES(key), modes.CFB(bytes(vector)))


def signed(form, version, key_text, instance, clear):
    lines = [form, version, key_text, instance] if version else [form, key_text, instance]
    lines += [f"{name}::{hashlib.md5(content).hexdigest()}" for name, content in clear]
    return hashlib.md5(("\n".join(lines) + "\n").encode()).digest()


def seal(folder, form, version, instance, *names):
    public = serialization.load_der_public_key(base64.b64decode((folder / "public.txt").read_text()))
    key = os.urandom(32)
    key_text = base64.b64encode(public.encrypt(key, OAEP)).decode()
    clear = [(name, (folder / name).read_bytes()) for name in [*names, "submission.xml"]]
    for (name, content), cipher in zip(clear, ciphers(instance, key)):
        padder = PKCS7(128).padder()
        padded = padder.update(content) + padder.finalize()
        encryptor = cipher.encryptor()
        (folder / f"{name}.enc").write_bytes(encryptor.update(padded) + encryptor.finalize())
    signature = public.encrypt(signed(form, version, key_text, instance, clear), OAEP)
    media = "".join(f"<media><file>{name}.enc</file></media>" for name in names)
    (folder / "envelope.xml").write_text(
        f'<data id="{form}" version="{version}" instanceID="{instance}" encrypted="yes" '
        f'xmlns="http://opendatakit.org/submissions"><base64EncryptedKey>{key_text}</base64EncryptedKey>'
        f'<meta xmlns="http://openrosa.org/xforms"><instanceID>{instance}</instanceID></meta>{media}'
        f"<encryptedXmlFile>submission.xml.enc</encryptedXmlFile><base64EncryptedElementSignature>"
        f"{base64.b64encode(signature).decode()}</base64EncryptedElementSignature></data>"
    )


def one(pattern, text):
    return re.search(pattern, text, re.DOTALL).group(1)


def opened(folder):
    private = serialization.load_pem_private_key((folder / "private.pem").read_bytes(), None)
    envelope = (folder / "envelope.xml").read_text()
    form, version = one(r'<data id="([^"]*)"', envelope), one(r'version="([^"]*)" instanceID', envelope)
    instance = one(r"<instanceID>([^<]*)</instanceID>", envelope)
    key_text = one(r"<base64EncryptedKey>([^<]*)<", envelope)
    key = private.decrypt(base64.b64decode(key_text), OAEP)
    names = re.findall(r"<media><file>([^<]*)</file></media>", envelope)
    names.append(one(r"<encryptedXmlFile>([^<]*)<", envelope))
    clear = []
    (folder / "clear").mkdir(exist_ok=True)
    for name, cipher in zip(names, ciphers(instance, key)):
        decryptor = cipher.decryptor()
        padded = decryptor.update((folder / name).read_bytes()) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        content = unpadder.update(padded) + unpadder.finalize()
        clear.append((name.removesuffix(".enc"), content))
        (folder / "clear" / clear[-1][0]).write_bytes(content)
    signature = private.decrypt(base64.b64decode(one(r"ElementSignature>([^<]*)<", envelope)), OAEP)
    assert signature == signed(form, version, key_text, instance, clear), "the signature is another"


if __name__ == "__main__":
    command, folder = sys.argv[1], Path(sys.argv[2])
    {"keys": keys, "seal": seal, "open": opened}[command](folder, *sys.argv[3:])
