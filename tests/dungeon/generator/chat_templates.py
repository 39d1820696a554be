"""Chat templates of well-known models, shortened to what they do with text."""

CHATML = """\
{%- for message in messages %}
{%- if loop.first and messages[0]['role'] != 'system' %}\
{{ '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{%- endif %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"""

LLAMA_3 = """\
{%- for message in messages %}
{%- set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + \
message['content'] | trim + '<|eot_id|>' %}
{%- if loop.index0 == 0 %}{%- set content = bos_token + content %}{%- endif %}
{{- content }}
{%- endfor %}
{%- if add_generation_prompt %}\
{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"""

MISTRAL = """\
{{- bos_token }}
{%- for message in messages %}
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
{%- endif %}
{%- if message['role'] == 'user' %}{{- '[INST] ' + message['content'] + ' [/INST]' }}
{%- elif message['role'] == 'assistant' %}{{- message['content'] + eos_token }}
{%- else %}{{- raise_exception('Only user and assistant roles are supported!') }}{%- endif %}
{%- endfor %}"""

GEMMA = """\
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}\
{{- raise_exception('System role not supported') }}{%- endif %}
{%- for message in messages %}
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{- raise_exception('Conversation roles must alternate') }}{%- endif %}
{%- set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{- '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<start_of_turn>model\\n' }}{%- endif %}"""

QWEN_3 = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}"""

TEMPLATES = {
    "chatml": CHATML,
    "llama-3": LLAMA_3,
    "mistral": MISTRAL,
    "gemma": GEMMA,
    "qwen-3": QWEN_3,
}

ENDINGS = {
    "chatml": "> You go.<|im_end|>\n<|im_start|>assistant\n",
    "llama-3": "> You go.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "mistral": "[INST] > You go. [/INST]",
    "gemma": "> You go.<end_of_turn>\n<start_of_turn>model\n",
    "qwen-3": "> You go.<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
}
"""What a prompt for a reply to the action "You go." ends with."""

BEGINNINGS = {
    "chatml": "<|im_start|>system\nRULES<|im_end|>\n<|im_start|>user\nBegin.<|im_end|>\n",
    "llama-3": "<|start_header_id|>system<|end_header_id|>\n\nRULES<|eot_id|>",
    "mistral": "[INST] RULES\n\nBegin. [/INST]You stand in a mill.",
    "gemma": "<start_of_turn>user\nRULES\n\nBegin.<end_of_turn>\n",
    "qwen-3": "<|im_start|>system\nRULES<|im_end|>\n<|im_start|>user\nBegin.<|im_end|>\n",
}
"""What it begins with, after the beginning-of-text token of some."""
